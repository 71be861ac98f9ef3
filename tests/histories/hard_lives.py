"""Courses that end otherwise than hoped for: refused, revoked, returned, late, accused, in vain."""

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1 import types_pb2 as supervision_types
from huiyin_domain.directory import OrganisationKind
from tests.histories.desks import StoryDesks
from tests.histories.erasing import destroy_keys
from tests.histories.filing import registered, registered_together
from tests.mainjob.life import Life, text
from tests.mainjob.lives import (
    CITY,
    accept,
    answer,
    classify,
    classify_claim,
    close_and_rate,
    department,
    hand_over,
    review,
)
from tests.support.calling import HOUSING, LABOUR, LAND, OFFICE

DISCIPLINE_KIND = OrganisationKind.DISCIPLINE


async def objection_refused(desks: StoryDesks) -> None:
    """Referred with a day named; the objection is refused, and the unit accepts after all."""
    life = await registered(desks, "单位互相推诿", channel="letter")
    await classify_claim(life)
    due = (life.clock.date().replace(day=28)).isoformat()
    sent = await life.after(1).do(
        "HandOverPetition",
        kind=types.HANDOVER_KIND_REFERRAL,
        to_unit=HOUSING,
        due_date=due,
        note=text("交办"),
    )
    desk = await desks.at(HOUSING)
    await life.after(2).do(
        "ObjectToHandover", desk=desk, handover_id=sent.handover_id, reasons=text("非本单位职权")
    )
    await life.after(1).do(
        "DecideObjection", handover_id=sent.handover_id, upheld=False, reasons=text("属该单位职权")
    )
    await accept(life, HOUSING)
    await answer(life, types.OPINION_OUTCOME_EXPLAINED)
    await _completed(life, sent.handover_id)
    await close_and_rate(life)


async def _completed(life: Life, handover_id: str) -> None:
    """办结报告, sent back once, then accepted by the office that referred the matter (Art. 22(1)(3))."""
    office = await life.head(OFFICE)
    for words, accepted in (("已答复", False), ("已答复并附送达回证", True)):
        reported = await life.after(2).do("ReportCompletion", handover_id=handover_id, report=text(words))
        await life.after(2).do(
            "CheckCompletion",
            desk=office,
            report_id=reported.report_id,
            accepted=accepted,
            reasons=text("已附送达回证" if accepted else "未附送达回证"),
        )


async def _misrouted_by_post(life: Life, handover_id: str) -> None:
    """收到证明: the file came on paper, later than it was recorded (Art. 23(3))."""
    received_time = Timestamp()
    received_time.FromDatetime(life.after(2).clock)
    await life.after(1).do(
        "ProveHandoverReceipt",
        handover_id=handover_id,
        received_time=received_time,
        ground=types.RECEIPT_GROUND_POST,
        evidence=text("挂号信回执"),
    )


async def revoked_and_done_again(desks: StoryDesks) -> None:
    """The review revokes, the unit decides anew, the re-review changes; then the procedure ends (Art. 36)."""
    life = await registered(desks, "对处理意见不服")
    await classify_claim(life)
    await hand_over(life, LAND)
    await accept(life, LAND)
    await answer(life, types.OPINION_OUTCOME_NOT_SUPPORTED)
    asked = await life.after(1).do("RequestRecusal", officer="officer-02", reasons=text("系信访人近亲属"))
    decided = {"recusal_id": asked.recusal_id, "granted": True, "reasons": text("情况属实")}
    await life.after(1).do("DecideRecusal", desk=await life.head(LAND), **decided)
    await _reviewed(life, types.REVIEW_LEVEL_REVIEW, LAND, types.REVIEW_OUTCOME_REVOKED)
    differs = intake.SameFactsStatement(
        same_facts=types.SAME_FACTS_DIFFERENT, reasons=text("重新调查，查明新的事实")
    )
    await answer(life, types.OPINION_OUTCOME_EXPLAINED, redo_finding=differs)
    await _reviewed(life, types.REVIEW_LEVEL_REVIEW, LAND, types.REVIEW_OUTCOME_UPHELD, by="officer")
    city = life.desks.directory.superiors(LAND)[0]
    changed, supported = types.REVIEW_OUTCOME_CHANGED, types.OPINION_OUTCOME_SUPPORTED
    level = types.REVIEW_LEVEL_RE_REVIEW
    review_id = await _reviewed(life, level, city, changed, new_outcome=supported)
    await life.after(5).do("ReportExecution", report=text("已按复核意见落实"), review_id=review_id)
    await life.after(2).do("ClosePetition", kind=types.CLOSING_KIND_RE_REVIEWED)


async def _reviewed(
    life: Life, level: int, below: str, outcome: int, by: str = "head", new_outcome: int = 0, **fields: Any
) -> str:
    """Asked for, decided by the organ one level above, and served; its id."""
    organ = life.desks.directory.superiors(below)[0]
    asked = await life.after(10).do(
        "RequestReview", level=level, organ=organ, reasons=text("请求改变"), **fields
    )
    reviewer = await life.desks.at(organ, by)
    await life.after(20).do(
        "DecideReview",
        desk=reviewer,
        review_id=asked.review_id,
        outcome=outcome,
        document=text(f"复查复核意见 {life.steps}"),
        new_outcome=new_outcome,
    )
    method = types.SERVICE_METHOD_IN_PERSON
    await life.after(2).do("ServeReview", desk=reviewer, review_id=asked.review_id, method=method)
    return str(asked.review_id)


async def opened_again(desks: StoryDesks) -> None:
    """Closed, and reviewed all the same: asked for late, with a reason, long after closing (Art. 35)."""
    life = await registered(desks, "办结后申请复查", channel="fax")
    await classify_claim(life)
    await hand_over(life, LABOUR)
    await accept(life, LABOUR)
    await answer(life, types.OPINION_OUTCOME_EXPLAINED)
    await close_and_rate(life)
    late_reason = text("住院期间未能提出")
    await _reviewed(
        life.after(15),
        types.REVIEW_LEVEL_REVIEW,
        LABOUR,
        types.REVIEW_OUTCOME_UPHELD,
        late_reason=late_reason,
    )


async def in_hand_elsewhere(desks: StoryDesks) -> None:
    """Filed twice: the second is not accepted, linked, later found to be another matter and taken up."""
    first, second = await registered_together(desks, "同一事项的来信", "同一事项的再次来信")
    for life in (first, second):
        await classify_claim(life)
    await second.after(1).do(
        "DeclinePetition",
        code=types.NON_ACCEPTANCE_CODE_IN_HAND,
        reasons=text("同一事项正在办理"),
        remedy=text("可向原受理机关查询"),
        same_case_id=first.case_id,
        same_petitioner=True,
    )
    await second.after(1).do("LinkCase", other_case_id=first.case_id, kind=types.LINK_KIND_SAME_MATTER)
    await again(second.after(5))
    await second.after(1).do("LinkCase", other_case_id=first.case_id, kind=types.LINK_KIND_RELATED)
    for life in (first, second):
        await life.after(1).do("AcceptPetition")
        await answer(life, types.OPINION_OUTCOME_EXPLAINED, days=5)
        await life.after(1).do(
            "RecordAgreement",
            form=types.AGREEMENT_FORM_MEDIATION,
            document=text("调解协议书"),
            petitioner_consent=text("信访人签名"),
            other_consent=text("单位盖章"),
        )
        await life.after(1).do("ClosePetition", kind=types.CLOSING_KIND_AGREEMENT)


async def again(life: Life) -> None:
    """甄别 anew, by who has read the case as it is."""
    seen = (await life.petition()).classification_version
    await life.do(
        "ClassifyPetition",
        petition_class=types.PETITION_CLASS_CLAIM,
        track=common.TRACK_ADMINISTRATIVE,
        route=types.ROUTE_PETITION,
        classification_version=seen,
        reasons=text("另有新的事实"),
    )


async def led_away(desks: StoryDesks) -> None:
    """A claim that belongs to arbitration: led there with guidance (Art. 31(2))."""
    life = await registered(desks, "劳动报酬争议", channel="phone", anonymous=True, person_count=5)
    await classify(life, types.PETITION_CLASS_CLAIM, common.TRACK_ADMINISTRATIVE, types.ROUTE_ARBITRATION)
    guidance = text("应向劳动人事争议仲裁委员会申请仲裁，时效一年")
    await life.after(2).do(
        "LeadIntoProcedure", route=types.ROUTE_ARBITRATION, organ=LABOUR, guidance=guidance
    )
    await life.after(1).do("NotifyReceipt", method=types.SERVICE_METHOD_IN_PERSON)


async def accused_holder(desks: StoryDesks) -> None:
    """The holder itself turns out to be accused: a superior outside the wall has it at once (Art. 30(3))."""
    life = await registered(desks, "反映办理单位人员问题")
    await classify_claim(life)
    await hand_over(life, HOUSING)
    await accept(life, HOUSING)
    other = await registered(desks, "检举办理单位", unit=HOUSING)
    other.clock = max(life.clock, other.clock)
    await _accuse(other, HOUSING, LAND)
    other.unit = HOUSING
    await other.until_held_by(other.desks.agency(OrganisationKind.GOVERNMENT, CITY))
    discipline = other.desks.agency(DISCIPLINE_KIND, CITY)
    await hand_over(other, discipline)
    await accept(other, discipline)
    await answer(other, types.OPINION_OUTCOME_EXPLAINED, days=30)
    await close_and_rate(other)


async def recalled_and_ordered(desks: StoryDesks) -> None:
    """Nobody answers: the sender recalls, sends elsewhere, and the superior orders an answer (Art. 24)."""
    life = await registered(desks, "交而不接")
    await classify_claim(life)
    sent = await hand_over(life, HOUSING)
    await _misrouted_by_post(life, sent)
    await life.after(8).do("RecallHandover", handover_id=sent, reasons=text("长期未受理"))
    sent = await hand_over(life, LAND)
    government = await desks.at(life.desks.agency(OrganisationKind.GOVERNMENT, CITY))
    await life.after(6).do(
        "OrderHandover",
        desk=government,
        handover_id=sent,
        order=types.HANDOVER_ORDER_ANSWER,
        reasons=text("请依法答复"),
    )
    await accept(life, LAND)


async def forgotten(desks: StoryDesks) -> None:
    """Personal data whose key was destroyed at the person's request: the record stays (promise P12)."""
    life = await registered(desks, "要求删除个人信息")
    await destroy_keys(desks.story, f"case-{life.case_id}")


async def accused_late(desks: StoryDesks) -> None:
    """A unit that had a part in the case is named as accused when it is classified again."""
    life = await registered(desks, "举报城管执法")
    await classify_claim(life)
    sent = await hand_over(life, LAND)
    desk = await desks.at(LAND)
    await life.after(1).do("ObjectToHandover", desk=desk, handover_id=sent, reasons=text("非本单位职权"))
    await life.after(1).do("DecideObjection", handover_id=sent, upheld=True, reasons=text("属实"))
    await _accuse(life, LAND)
    discipline = life.desks.agency(DISCIPLINE_KIND, CITY)
    await hand_over(life, discipline)
    await accept(life, discipline)
    await answer(life, types.OPINION_OUTCOME_NOT_SUPPORTED, days=30)
    await life.after(31).do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


async def _accuse(life: Life, *units: str) -> None:
    await life.after(1).do(
        "ClassifyPetition",
        classification_version=(await life.petition()).classification_version,
        petition_class=types.PETITION_CLASS_ACCUSATION,
        track=common.TRACK_DISCIPLINE,
        content_class="030300",
        reasons=text("属检举控告"),
        accused_units=units,
    )


async def entered_late(desks: StoryDesks) -> None:
    """Nobody enters the hand-over until its time has passed; then it shows that it was in time."""
    life = await registered(desks, "补录")
    in_time = life.after(5).clock
    await desks.story.reach(life.after(20).clock)
    life.clock = in_time
    await classify_claim(life)
    await hand_over(life, LABOUR)
    life.clock = desks.story.clock.now()
    await desks.story.rest()


async def never_touched(desks: StoryDesks) -> None:
    """Registered by a department and left lying: every clock of it passes."""
    life = await registered(desks, "无人过问", unit=LABOUR)
    await desks.story.reach(life.after(100).clock)


async def supervised_twice(desks: StoryDesks) -> None:
    """An order on a clock that passed; the answer is sent back with a new day, then carried out."""
    life = await registered(desks, "久拖不决")
    await classify_claim(life)
    await hand_over(life, LAND)
    await accept(life, LAND)
    await desks.story.reach(life.after(75).clock)
    supervisor, unit = await desks.named("supervisor"), await desks.at(LAND)
    clocks = await supervisor.call(
        "supervision", "ListClocks", supervision.ListClocksRequest(unit=LAND, passed_only=True, page_size=50)
    )
    late = next(one for one in clocks.clocks if one.case_id == life.case_id)
    issued = await supervisor.call(
        "supervision",
        "IssueOrder",
        supervision.IssueOrderRequest(
            info=life.info(),
            case_id=life.case_id,
            unit=LAND,
            ground=supervision_types.ORDER_GROUND_OVERDUE,
            clock_id=late.clock_id,
            facts=text("逾期未答复"),
        ),
    )
    for carried_out in (False, True):
        reply = text(f"整改情况 {carried_out}")
        request = supervision.AnswerOrderRequest(
            info=life.after(2).info(), order_id=issued.order_id, answer=reply
        )
        await unit.call("supervision", "AnswerOrder", request)
        check = supervision.CheckAnswerRequest(
            info=life.after(1).info(),
            order_id=issued.order_id,
            carried_out=carried_out,
            finding=text("核查情况"),
        )
        await supervisor.call("supervision", "CheckAnswer", check)
    await answer(life, types.OPINION_OUTCOME_SUPPORTED, days=2)
    await close_and_rate(life)


async def confirmed_by_the_superior(desks: StoryDesks) -> None:
    """A dispute over competence in which the common superior leaves the matter where it is (Art. 24)."""
    life = await registered(desks, "职权争议")
    await classify_claim(life)
    sent = await hand_over(life, department(life, 4))
    desk = await desks.at(department(life, 4))
    await life.after(1).do("ObjectToHandover", desk=desk, handover_id=sent, reasons=text("非本单位职权"))
    government = await desks.at(life.desks.agency(OrganisationKind.GOVERNMENT, CITY))
    await life.after(3).do("DecideCompetence", desk=government, unit=OFFICE, reasons=text("由信访局直接办理"))
    await life.until_held_by(OFFICE)
    life.epoch = (await life.petition()).epoch
    await life.after(1).do("AcceptPetition")
    await review_of_its_own(life)


async def review_of_its_own(life: Life) -> None:
    """Answered by the office and reviewed above it."""
    await answer(life, types.OPINION_OUTCOME_NOT_SUPPORTED)
    await review(life)
    await life.after(1).do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


async def read_by_several(desks: StoryDesks) -> None:
    """Personal data opened by who handles the case and by the head, each time on the record."""
    life = await registered(desks, "查阅留痕")
    await classify_claim(life)
    for profile, ground in ((f"officer@{OFFICE}", "handling"), (f"head@{OFFICE}", "review")):
        request = intake.ReadPersonalDataRequest(
            info=life.after(1).info(), case_id=life.case_id, purposes=["petitioner"], ground=ground
        )
        await (await desks.named(profile)).call("intake", "ReadPersonalData", request)


HARD_LIVES = (
    objection_refused,
    revoked_and_done_again,
    opened_again,
    in_hand_elsewhere,
    led_away,
    accused_holder,
    accused_late,
    recalled_and_ordered,
    forgotten,
    entered_late,
    supervised_twice,
    confirmed_by_the_superior,
    read_by_several,
    never_touched,
)
"""Told one after another."""
