"""The courses that cases take: eight kinds of lives, from classification to closing and rating."""

from collections.abc import Awaitable, Callable
from typing import Any

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as judicial_types
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1 import types_pb2 as supervision_types
from huiyin_domain.directory import OrganisationKind
from tests.mainjob.life import Life, text

CITY, PROVINCE = "990100", "990000"

PETITIONERS = "service@console"
"""The way in for petitioners."""


async def classify(life: Life, petition_class: int, track: int, route: int = 0) -> None:
    """甄别."""
    reasons = text("按来件内容甄别")
    await life.after(1).do(
        "ClassifyPetition", petition_class=petition_class, track=track, route=route, reasons=reasons
    )


async def classify_claim(life: Life) -> None:
    """A claim in the petition procedure (Art. 31(6))."""
    await classify(life, types.PETITION_CLASS_CLAIM, common.TRACK_ADMINISTRATIVE, types.ROUTE_PETITION)


async def hand_over(life: Life, to_unit: str) -> str:
    """转送."""
    kind = types.HANDOVER_KIND_TRANSFER
    response = await life.after(2).do("HandOverPetition", kind=kind, to_unit=to_unit, note=text("请依法办理"))
    return str(response.handover_id)


async def accept(life: Life, unit: str) -> None:
    """受理 by the unit it was handed to, which tells the petitioner."""
    desk = await life.head(unit)
    await life.after(2).do("AcceptPetition", desk=desk)
    life.unit = unit
    await life.after(1).do("NotifyReceipt", method=types.SERVICE_METHOD_OTHER)


async def answer(life: Life, outcome: int, days: float = 20, **fields: Any) -> None:
    """处理意见书 and its service; execution where the request is supported."""
    document = text(f"经调查，现就来访事项作出处理意见。第{life.steps}步")
    issued = await life.after(days).do("IssueOpinion", outcome=outcome, document=document, **fields)
    await life.after(1).do("ServeOpinion", opinion_id=issued.opinion_id, method=types.SERVICE_METHOD_MAIL)
    if outcome == types.OPINION_OUTCOME_SUPPORTED:
        await life.after(5).do("ReportExecution", report=text("已按处理意见落实"))


async def close_and_rate(life: Life, kind: int = types.CLOSING_KIND_ANSWERED) -> None:
    """办结 and 评价, the latter by the petitioners' own way in."""
    await life.after(31).do("ClosePetition", kind=kind)
    request = intake.RatePetitionRequest(
        info=life.today(),
        case_id=life.case_id,
        query_code=life.query_code,
        office_rating=types.RATING_SATISFIED,
        unit_rating=types.RATING_MOSTLY_SATISFIED,
        comment=text("感谢"),
        way=types.RATING_WAY_WEB,
    )
    await (await life.desks.named(PETITIONERS)).call("intake", "RatePetition", request)


def department(life: Life, number: int) -> str:
    """One of the city's departments."""
    return life.desks.agency(OrganisationKind.DEPARTMENT, CITY, number)


async def plain(life: Life) -> None:
    """Transferred, accepted, supported, carried out, closed."""
    await classify_claim(life)
    unit = department(life, life.steps + len(life.case_id))
    await hand_over(life, unit)
    await accept(life, unit)
    await answer(life, types.OPINION_OUTCOME_SUPPORTED)
    await close_and_rate(life)


async def objected(life: Life) -> None:
    """Wrongly sent: objection upheld, sent again, answered, reviewed, upheld, closed (Arts. 23(3), 35)."""
    await classify_claim(life)
    wrong, right = department(life, 0), department(life, 1)
    handover = await hand_over(life, wrong)
    desk = await life.head(wrong)
    await life.after(1).do(
        "ObjectToHandover",
        desk=desk,
        handover_id=handover,
        reasons=text("非本单位职权"),
        proposed_unit=right,
    )
    await life.after(1).do("DecideObjection", handover_id=handover, upheld=True, reasons=text("核实属实"))
    await hand_over(life, right)
    await accept(life, right)
    await answer(life, types.OPINION_OUTCOME_NOT_SUPPORTED)
    await review(life)
    await close_and_rate(life)


async def review(life: Life) -> None:
    """复查 by the organ one level above (Art. 35)."""
    organ = life.desks.directory.superiors(life.unit)[0]
    asked = await life.after(10).do(
        "RequestReview", level=types.REVIEW_LEVEL_REVIEW, organ=organ, reasons=text("对处理意见不服")
    )
    reviewer = await life.head(organ)
    await life.after(20).do(
        "DecideReview",
        desk=reviewer,
        review_id=asked.review_id,
        outcome=types.REVIEW_OUTCOME_UPHELD,
        document=text("维持原处理意见"),
    )
    await life.after(2).do(
        "ServeReview", desk=reviewer, review_id=asked.review_id, method=types.SERVICE_METHOD_MAIL
    )


async def suggested(life: Life) -> None:
    """A suggestion, studied and answered by the office itself (Art. 29)."""
    await classify(life, types.PETITION_CLASS_SUGGESTION, common.TRACK_SUGGESTION)
    await life.after(1).do("AcceptPetition")
    await answer(life, types.OPINION_OUTCOME_EXPLAINED, days=10)
    await close_and_rate(life, types.CLOSING_KIND_SUGGESTION_ANSWERED)


async def declined(life: Life) -> None:
    """Not competent: redirected with reasons and remedy; the case stays visible (Art. 23(1))."""
    await classify_claim(life)
    other = life.desks.agency(OrganisationKind.PETITION_OFFICE, PROVINCE)
    await life.after(2).do(
        "DeclinePetition",
        code=types.NON_ACCEPTANCE_CODE_NOT_COMPETENT,
        reasons=text("不属于本机关职权范围"),
        remedy=text("可向所示机关提出；对本告知不服的，可向上一级机关反映"),
        redirect_unit=other,
    )


async def extended(life: Life) -> None:
    """Complex: thirty days more, notified, then answered in time (Art. 34)."""
    await classify_claim(life)
    unit = department(life, 2)
    await hand_over(life, unit)
    await accept(life, unit)
    head = await life.head(unit)
    await life.after(40).do(
        "ApproveExtension", desk=head, extension_days=30, approved_by="head-01", reasons=text("情况复杂")
    )
    await life.after(1).do("NotifyExtension", method=types.SERVICE_METHOD_OTHER)
    await answer(life, types.OPINION_OUTCOME_EXPLAINED)
    await close_and_rate(life)


async def late(life: Life) -> None:
    """Overdue: the supervisor orders, the unit answers and acts, the supervisor checks (Art. 40)."""
    await classify_claim(life)
    unit = department(life, 3)
    await hand_over(life, unit)
    await accept(life, unit)
    await supervised(life.after(70))
    await answer(life, types.OPINION_OUTCOME_SUPPORTED, days=5)
    await close_and_rate(life)


async def supervised(life: Life) -> None:
    """督办, answered and checked: all of it today, for nobody enters an order late."""
    supervisor, unit = await life.desks.named("supervisor"), await life.holder()
    issue = supervision.IssueOrderRequest(
        info=life.today(),
        case_id=life.case_id,
        unit=life.unit,
        ground=supervision_types.ORDER_GROUND_OVERDUE,
        facts=text("超期未作出处理意见，请说明并限期办结"),
    )
    order = (await supervisor.call("supervision", "IssueOrder", issue)).order_id
    reply = supervision.AnswerOrderRequest(
        info=life.today(), order_id=order, answer=text("已安排专人，五日内办结")
    )
    await unit.call("supervision", "AnswerOrder", reply)
    check = supervision.CheckAnswerRequest(
        info=life.today(), order_id=order, carried_out=True, finding=text("属实")
    )
    await supervisor.call("supervision", "CheckAnswer", check)


async def split(life: Life) -> None:
    """诉访分离: the litigation part goes to court and comes back; the rest is answered (Art. 28)."""
    await classify_claim(life)
    part = await split_off(life)
    unit = department(life, 4)
    await hand_over(life, unit)
    await accept(life, unit)
    await answer(life, types.OPINION_OUTCOME_EXPLAINED)
    await close_and_rate(life)
    await through_court(part)


async def split_off(life: Life) -> Life:
    """The part, as a case of its own in the judicial track."""
    response = await life.after(1).do(
        "SplitPetition",
        track=common.TRACK_JUDICIAL,
        subject=text("涉诉部分"),
        content=text("对已生效判决的执行问题"),
        reasons=text("属于诉讼权利救济"),
        remainder=intake.Statement(subject=text("其余诉求"), content=text("不涉诉讼的其余诉求")),
    )
    part = Life(life.desks, response.part_case_id, "", life.unit, life.clock, life.latest)
    part.patience_seconds = life.patience_seconds
    return part


async def through_court(part: Life) -> None:
    """Referred, acknowledged, concluded, handed back, and the petitioner told in writing."""
    office = part.unit
    await classify(part, types.PETITION_CLASS_LITIGATION, common.TRACK_JUDICIAL)
    court = part.desks.agency(OrganisationKind.COURT, CITY)
    refer = intake.ReferLitigationRequest(
        info=part.after(1).info(),
        case_id=part.case_id,
        epoch=part.epoch,
        organ_kind=judicial_types.ORGAN_KIND_COURT,
        organ=court,
        matter=text("执行异议"),
    )
    referral = (await (await part.holder()).call("intake", "ReferLitigation", refer)).offer_id
    await part.until_referral_is(referral, judicial_types.REFERRAL_STATUS_SENT)
    clerk = await part.head(court)
    await clerk.call(
        "judicial",
        "AcknowledgeReferral",
        judicial.AcknowledgeReferralRequest(
            info=part.after(3).info(), referral_id=referral, docket_number="（2019）示例执异1号"
        ),
    )
    await part.until_held_by(court)
    await part.until_referral_is(referral, judicial_types.REFERRAL_STATUS_RELEASED)
    await clerk.call(
        "judicial",
        "ConcludeReferral",
        judicial.ConcludeReferralRequest(
            info=part.after(60).info(),
            referral_id=referral,
            kind=judicial_types.CONCLUSION_KIND_DECIDED,
            document=text("裁定已生效"),
        ),
    )
    await clerk.call(
        "judicial",
        "HandBackReferral",
        judicial.HandBackReferralRequest(info=part.after(1).info(), referral_id=referral, note=text("办结")),
    )
    await part.until_held_by(office)
    await conclude(part)


async def conclude(part: Life) -> None:
    """The office tells the petitioner how it ended and closes the part."""
    await part.after(1).do("AcceptPetition")
    await answer(part, types.OPINION_OUTCOME_EXPLAINED, days=3)
    await part.after(1).do("ClosePetition", kind=types.CLOSING_KIND_JUDICIAL_CONCLUSION)


async def disputed(life: Life) -> None:
    """Two departments, neither competent in its own eyes: their common superior decides (Art. 24)."""
    await classify_claim(life)
    first, second = department(life, 5), department(life, 6)
    handover = await hand_over(life, first)
    desk = await life.head(first)
    await life.after(1).do(
        "ObjectToHandover",
        desk=desk,
        handover_id=handover,
        reasons=text("应由他部门办理"),
        proposed_unit=second,
    )
    government = life.desks.agency(OrganisationKind.GOVERNMENT, CITY)
    superior = await life.head(government)
    await life.after(2).do("DecideCompetence", desk=superior, unit=second, reasons=text("指定办理"))
    await life.until_held_by(second)
    await accept(life, second)
    await answer(life, types.OPINION_OUTCOME_SUPPORTED)
    await close_and_rate(life)


LIVES: tuple[Callable[[Life], Awaitable[None]], ...] = (
    plain,
    objected,
    suggested,
    declined,
    extended,
    late,
    split,
    disputed,
)
"""Taken in turn. Joint meetings, which concern two cases at once, stand in meetings.py."""
