"""A rating told to the contact that was left, taken back from there, and given anew."""

from huiyin.common.v1.types_pb2 import CommandInfo
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import PetitionRated
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import uuid7
from tests.histories.desks import StoryDesks
from tests.histories.filing import registered
from tests.mainjob.life import Life
from tests.mainjob.lives import PETITIONERS, accept, answer, classify_claim, close_and_rate, hand_over
from tests.support.calling import LABOUR


async def rated_and_taken_back(desks: StoryDesks) -> None:
    """Somebody who knows the code rates; the petitioner is told, takes it back and rates."""
    life = await registered(desks, "评价被冒用")
    await classify_claim(life)
    await hand_over(life, LABOUR)
    await accept(life, LABOUR)
    await answer(life, types.OPINION_OUTCOME_EXPLAINED)
    await close_and_rate(life)
    portal = await desks.named(PETITIONERS)
    notice = {"case_id": life.case_id, "notice_id": await _notice(life)}
    opened = await portal.call("intake", "OpenNotice", intake.OpenNoticeRequest(info=_info(life), **notice))
    sent = intake.ConfirmNoticeRequest(info=_info(life), **notice)
    await portal.call("intake", "ConfirmNotice", sent)
    code = opened.text_zh.partition("撤回码 ")[2].partition(" ")[0]
    back = intake.TakeBackRatingRequest(info=_info(life), case_id=life.case_id, take_back_code=code)
    await portal.call("intake", "TakeBackRating", back)
    again = intake.RatePetitionRequest(
        info=_info(life),
        case_id=life.case_id,
        query_code=life.query_code,
        office_rating=types.RATING_MOSTLY_SATISFIED,
        unit_rating=types.RATING_NOT_SATISFIED,
        way=types.RATING_WAY_TERMINAL,
    )
    await portal.call("intake", "RatePetition", again)


def _info(life: Life) -> CommandInfo:
    return CommandInfo(request_id=str(uuid7()), occurred_time=timestamp(life.after(1).clock))


async def _notice(life: Life) -> str:
    """What the messenger finds in the log."""
    auditor = await life.desks.named("auditor")
    names = [PetitionRated.DESCRIPTOR.full_name]
    request = SubscribeRequest(types=names, case_ids=[life.case_id], until_caught_up=True)
    items = [item async for item in auditor.client.feed("intake").Subscribe(request)]
    (rated,) = [item.event.payload.value for item in items if item.HasField("event")]
    return PetitionRated.FromString(rated).notice_id
