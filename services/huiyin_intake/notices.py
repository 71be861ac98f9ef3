"""Notices to the contact that a petitioner left: opened by the platform's messenger, each reading on record.

The messenger follows intake's log for PetitionRated and WithdrawalRequested, opens the notice of each, sends
it by what the installation has (short messages, post), and confirms. Number and code in a notice are all that
it takes to take the rating back, or to confirm the withdrawal.
"""

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.intake.decide.rating import no_notice
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.intake.records import GivenRating
from huiyin_domain.intake.state import Petition
from huiyin_domain.narrative.intake_words import WORDS
from huiyin_domain.refusal import Refusal
from huiyin_intake.petitioners import first_contact, left_contact
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.streams import Change, Loaded, to_append
from huiyin_store.port import ANY_VERSION

_WORDS = WORDS["huiyin.intake.v1.Rating"]


class Notices:
    """The handler of OpenNotice."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def open(self, caller: Caller, request: intake.OpenNoticeRequest) -> Message:
        """Whom to tell, and what; the reading is on the record before anything is shown."""
        commands = self._commands
        call = commands.call(caller, request)
        record = Loaded(f"{DISCLOSURE.category}-{request.case_id}", DISCLOSURE.initial(), ANY_VERSION)
        decision = DISCLOSURE.decide(record.state, request, commands.context(call, ()))
        if isinstance(decision, Refusal):
            raise RefusedError(decision)
        state = await self._petition(request)
        appended = await commands.store.append(to_append(call, [Change(DISCLOSURE, record, decision)]))
        told = first_contact if _of_withdrawal(state, request.notice_id) else left_contact
        person = await told(commands, state)
        code = commands.sealer.derived.take_back_code(request.notice_id)
        zh, en = _texts(state, request.notice_id, code)
        return intake.OpenNoticeResponse(
            receipt=commands.receipt(appended),
            recipient=Person(phone=person.phone, contact=person.contact),
            text_zh=zh,
            text_en=en,
        )

    async def _petition(self, request: intake.OpenNoticeRequest) -> Petition:
        loaded = await self._commands.streams.of(PETITION, request.case_id)
        state: Petition = loaded.state
        if refusal := no_notice(state, request.notice_id):
            raise RefusedError(refusal)
        return state


def _texts(state: Petition, notice_id: str, code: str) -> tuple[str, str]:
    number = state.registration.display_number
    if _of_withdrawal(state, notice_id):
        return _withdrawal_zh(number, code), _withdrawal_en(number, code)
    assert state.rating is not None
    return _zh(number, code, state.rating), _en(number, code, state.rating)


def _of_withdrawal(state: Petition, notice_id: str) -> bool:
    return state.withdrawal is not None and state.withdrawal.notice_id == notice_id


def _withdrawal_zh(number: str, code: str) -> str:
    return (
        f"您的信访事项（编号 {number}）收到撤回申请。冷静期后，须由您本人凭编号和确认码 {code} 确认方可撤回；"
        "不确认的，事项照常办理。如非您本人申请或者您改变主意，可凭回执上的编号和查询码表示继续信访。"
        "任何单位不得要求您承诺不再信访。"
    )


def _withdrawal_en(number: str, code: str) -> str:
    return (
        f"Somebody asked to withdraw your petition {number}. Only you can confirm it, after some days to "
        f"think it over, with the number and the code {code}; unless you do, it goes on. If it was not you, "
        "or you changed your mind, say that it goes on, with the number and the code on your receipt. "
        "Nobody may ask you for a promise not to petition."
    )


def _zh(number: str, code: str, rating: GivenRating) -> str:
    office, unit = _WORDS[rating.office][0], _WORDS[rating.unit][0]
    return (
        f"您的信访事项（编号 {number}）已收到评价：信访部门“{office}”，责任单位“{unit}”。"
        f"如非您本人评价，可凭编号和撤回码 {code} 撤回，并重新评价。"
    )


def _en(number: str, code: str, rating: GivenRating) -> str:
    office, unit = _WORDS[rating.office][1], _WORDS[rating.unit][1]
    return (
        f"Your petition {number} was rated: petition office {office}, responsible unit {unit}. "
        f"If it was not you, take it back with the number and the code {code}, and rate it yourself."
    )
