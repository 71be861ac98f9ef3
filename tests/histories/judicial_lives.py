"""Referrals that do not go straight: declined, handed back without a conclusion, taken too late."""

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as judicial_types
from huiyin_domain.directory import OrganisationKind
from tests.histories.desks import StoryDesks
from tests.histories.filing import registered
from tests.mainjob.life import Life, text
from tests.mainjob.lives import CITY, classify, classify_claim, split_off
from tests.support.calling import COURT, OFFICE
from tests.support.pausing import paused


async def judicial_part(desks: StoryDesks, words: str) -> Life:
    """A part that was split off for the judicial track and classified there."""
    life = await registered(desks, words)
    await classify_claim(life)
    part = await split_off(life)
    await classify(part, types.PETITION_CLASS_LITIGATION, common.TRACK_JUDICIAL, types.ROUTE_JUDICIAL)
    return part


async def refer(part: Life, organ: str, kind: int) -> str:
    """交司法机关: by the responsible unit."""
    request = intake.ReferLitigationRequest(
        info=part.after(1).info(),
        case_id=part.case_id,
        epoch=part.epoch,
        organ_kind=kind,  # type: ignore[arg-type] # a value of the enum
        organ=organ,
        matter=text("涉诉事项"),
    )
    referral = str((await (await part.holder()).call("intake", "ReferLitigation", request)).offer_id)
    await part.until_referral_is(referral, judicial_types.REFERRAL_STATUS_SENT)
    return referral


async def acknowledge(part: Life, organ: str, referral: str) -> None:
    """立案 at the organ."""
    request = judicial.AcknowledgeReferralRequest(
        info=part.after(2).info(), referral_id=referral, docket_number=f"（2020）示例{part.steps}号"
    )
    await (await part.desks.at(organ)).call("judicial", "AcknowledgeReferral", request)


async def sent_to_the_wrong_court(desks: StoryDesks) -> None:
    """One organ declines; another takes it, reports, and hands it back without a conclusion."""
    part = await judicial_part(desks, "执行与控告混杂")
    police = part.desks.agency(OrganisationKind.POLICE, CITY)
    referral = await refer(part, police, judicial_types.ORGAN_KIND_POLICE)
    declined = judicial.DeclineReferralRequest(
        info=part.after(3).info(),
        referral_id=referral,
        reason=judicial_types.DECLINE_REASON_OTHER_ORGAN,
        explanation=text("属法院管辖"),
    )
    await (await part.desks.at(police)).call("judicial", "DeclineReferral", declined)
    referral = await refer(part, COURT, judicial_types.ORGAN_KIND_COURT)
    await acknowledge(part, COURT, referral)
    await part.until_held_by(COURT)
    await part.until_referral_is(referral, judicial_types.REFERRAL_STATUS_RELEASED)
    clerk = await part.desks.at(COURT)
    reply = judicial.ReplyToPetitionerRequest(
        info=part.after(5).info(), referral_id=referral, reply=text("已收到，依法审查立案")
    )
    await clerk.call("judicial", "ReplyToPetitioner", reply)
    for words in ("已立案", "正在审理"):
        report = judicial.ReportProgressRequest(
            info=part.after(30).info(), referral_id=referral, report=text(words)
        )
        await clerk.call("judicial", "ReportProgress", report)
    back = judicial.HandBackReferralRequest(
        info=part.after(5).info(), referral_id=referral, note=text("撤诉")
    )
    await clerk.call("judicial", "HandBackReferral", back)
    await part.until_held_by(OFFICE)


async def taken_in_vain(desks: StoryDesks) -> None:
    """The office takes its offer back; the court, which has not heard of that, takes what is not there."""
    part = await judicial_part(desks, "移送后又撤回")
    referral = await refer(part, COURT, judicial_types.ORGAN_KIND_COURT)
    async with paused("judicial-inbox"):
        await part.do("WithdrawOffer", offer_id=referral)
        await acknowledge(part, COURT, referral)
    await part.until_referral_is(referral, judicial_types.REFERRAL_STATUS_LAPSED)
    await desks.story.rest()


async def taken_back_in_time(desks: StoryDesks) -> None:
    """The office takes its offer back before the court has answered."""
    part = await judicial_part(desks, "移送后即撤回")
    referral = await refer(part, COURT, judicial_types.ORGAN_KIND_COURT)
    await part.after(1).do("WithdrawOffer", offer_id=referral)
    await part.until_referral_is(referral, judicial_types.REFERRAL_STATUS_WITHDRAWN)


JUDICIAL_LIVES = (sent_to_the_wrong_court, taken_in_vain, taken_back_in_time)
"""Told one after another."""
