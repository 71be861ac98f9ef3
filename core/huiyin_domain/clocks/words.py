"""Clocks in words: milestones, and the sentence that says why one runs until when; Chinese and English."""

from collections.abc import Mapping

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, ENTRY_KIND_UNSPECIFIED
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.clocks.course import Course, End
from huiyin_domain.clocks.mark import Mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Counting, Nature, Rule, Text
from huiyin_domain.codes import Verification
from huiyin_domain.dates import local_date
from huiyin_domain.refusal import Refusal

LABELS: Mapping[Milestone, Text] = {
    Milestone.RECEIVED_BY_OFFICE: Text("收到", "received"),
    Milestone.RECEIVED_DIRECTLY: Text("收到", "received"),
    Milestone.IN_HANDS: Text("事项到单位", "came to the unit"),
    Milestone.SPLIT_OFF: Text("分立", "split off"),
    Milestone.IMPORTED: Text("导入历史数据", "imported as history"),
    Milestone.RECEIPT_CORRECTED: Text("更正收到日期", "day of receipt put right"),
    Milestone.PLACE_CORRECTED: Text("更正问题属地", "place put right"),
    Milestone.ADDRESS_UNCLEAR: Text("更正为姓名或地址不清", "name or address found unclear"),
    Milestone.ADDRESS_CLEAR: Text("更正为姓名、地址清楚", "name and address found clear"),
    Milestone.CLASSIFIED: Text("改定类别", "classified otherwise"),
    Milestone.HANDED_OVER: Text("转送", "handed over"),
    Milestone.REFERRED: Text("交办", "referred"),
    Milestone.OBJECTED: Text("提出异议", "objected to"),
    Milestone.OBJECTION_UPHELD: Text("异议成立", "objection upheld"),
    Milestone.OBJECTION_REFUSED: Text("异议不成立", "objection refused"),
    Milestone.RECALLED: Text("撤回", "recalled"),
    Milestone.HANDOVER_RECEIPT_PROVED: Text("收到转送（有证据证明）", "received, as evidence shows"),
    Milestone.HANDOVER_ORDERED: Text("责令答复", "ordered to answer"),
    Milestone.REFERRAL_OVER: Text("交办终止", "the referral was over"),
    Milestone.COMPLETION_REPORTED: Text("提交办结报告", "completion reported"),
    Milestone.COMPLETION_ACCEPTED: Text("审核认定办结", "report accepted"),
    Milestone.COMPLETION_SENT_BACK: Text("退回办结报告", "report sent back"),
    Milestone.RETURNED: Text("退回", "returned"),
    Milestone.RECEIPT_NOTIFIED: Text("书面告知", "receipt notified"),
    Milestone.MOVED: Text("责任转移", "responsibility moved"),
    Milestone.CONFIRMED: Text("指定管辖", "competence confirmed"),
    Milestone.ASSIGNED: Text("指定办理", "assigned"),
    Milestone.REASSIGNED: Text("另行指定", "assigned otherwise"),
    Milestone.ACCEPTED: Text("受理", "accepted"),
    Milestone.HANDLING_BEGUN: Text("受理", "accepted"),
    Milestone.DECLINED: Text("不予受理", "not accepted"),
    Milestone.LED_IN: Text("导入法定途径", "led into another procedure"),
    Milestone.JUDGMENT_EFFECTIVE: Text("判决、裁定生效", "judgment in effect"),
    Milestone.ADMINISTRATIVE_ACT_KNOWN: Text("知道行政行为", "administrative act known"),
    Milestone.LABOUR_RIGHT_INFRINGED: Text("知道劳动权利被侵害", "infringement of a labour right known"),
    Milestone.OFFICIAL_INJURY_KNOWN: Text("知道职权行为侵权", "injury by an official act known"),
    Milestone.DUTY_REQUESTED: Text("申请履行职责", "organ asked to act"),
    Milestone.NON_PROSECUTION_RECEIVED: Text("收到不起诉决定书", "decision not to prosecute received"),
    Milestone.OUTCOME_TOLD: Text("告知处理结果", "petitioner told of it"),
    Milestone.WORD_GIVEN: Text("告知办理进展", "petitioner told how it stands"),
    Milestone.EXTENSION_APPROVED: Text("批准延期", "extension approved"),
    Milestone.EXTENDED: Text("告知延期", "extension notified"),
    Milestone.OPINION_ISSUED: Text("作出处理意见", "opinion issued"),
    Milestone.OPINION_SERVED: Text("送达处理意见", "opinion served"),
    Milestone.SUPPORTED: Text("支持诉求", "request supported"),
    Milestone.TO_CARRY_OUT: Text("送达支持诉求的意见", "support of the request served"),
    Milestone.CARRIED_OUT: Text("执行处理意见", "carried out"),
    Milestone.TO_CLOSE: Text("答复完毕", "answered in full"),
    Milestone.REVIEW_ASKED: Text("请求复查", "review asked for"),
    Milestone.REVIEW_RECEIVED: Text("收到复查请求", "request for review received"),
    Milestone.REVIEW_DECIDED: Text("作出复查意见", "review decided"),
    Milestone.REVIEW_SERVED: Text("送达复查意见", "review served"),
    Milestone.RE_REVIEW_ASKED: Text("请求复核", "re-review asked for"),
    Milestone.RE_REVIEW_RECEIVED: Text("收到复核请求", "request for re-review received"),
    Milestone.RE_REVIEW_DECIDED: Text("作出复核意见", "re-review decided"),
    Milestone.RE_REVIEW_SERVED: Text("送达复核意见", "re-review served"),
    Milestone.ANSWER_CHANGED: Text("变更原处理意见", "opinion changed"),
    Milestone.REVOKED: Text("撤销原处理意见", "opinion revoked"),
    Milestone.RECUSAL_ASKED: Text("申请回避", "recusal asked for"),
    Milestone.RECUSAL_DECIDED: Text("决定回避申请", "recusal decided"),
    Milestone.CLOSED: Text("办结", "closed"),
    Milestone.AGREED: Text("达成协议", "agreed"),
    Milestone.TO_PERFORM: Text("达成协议", "agreed"),
    Milestone.PERFORMED: Text("履行协议", "agreement performed"),
    Milestone.WITHDRAWAL_ASKED: Text("申请撤回", "withdrawal asked for"),
    Milestone.WITHDRAWAL_CONFIRMED: Text("确认撤回", "withdrawal confirmed"),
    Milestone.DIED: Text("信访人死亡", "petitioner died"),
    Milestone.CONTINUED: Text("继续信访", "petition goes on"),
    Milestone.REOPENED: Text("恢复办理", "taken up again"),
    Milestone.JUDICIAL_TAKEN: Text("政法机关接收", "taken by a judicial organ"),
    Milestone.TASK_SET: Text("决议生效", "resolution applied"),
    Milestone.TASK_DONE: Text("完成任务", "task done"),
    Milestone.TASK_REVOKED: Text("撤回任务", "task taken back"),
    Milestone.MEETING_REQUESTED: Text("请求召集联席会议", "meeting asked for"),
    Milestone.REQUEST_MOOT: Text("另行召集联席会议", "meeting called by another"),
    Milestone.MEETING_CONVENED: Text("召集联席会议", "meeting called"),
    Milestone.MEETING_RESUMED: Text("重新召集联席会议", "meeting called anew"),
    Milestone.MEETING_OPENED: Text("联席会议召开", "meeting opened"),
    Milestone.MEETING_WITHDRAWN: Text("撤回联席会议", "meeting withdrawn"),
    Milestone.MEETING_CLOSED: Text("联席会议结束", "meeting closed"),
    Milestone.SEAT_LOST: Text("不再参加会议", "no longer called"),
    Milestone.RESOLUTION_TO_BIND: Text("提出决议", "resolution proposed"),
    Milestone.RESOLUTION_BOUND: Text("决议生效", "resolution bound"),
    Milestone.RESOLUTION_PROPOSED: Text("提出决议", "resolution proposed"),
    Milestone.RESOLUTION_SPOKEN: Text("会签或者不同意", "signed or dissented"),
    Milestone.RESOLUTION_OVER: Text("决议生效或者另行提出", "resolution bound or replaced"),
    Milestone.OFFERED: Text("移送政法机关", "offered to a judicial organ"),
    Milestone.OFFER_WITHDRAWN: Text("撤回移送", "offer withdrawn"),
    Milestone.OFFER_ENDED: Text("移送未被接收", "offer not taken"),
    Milestone.OFFER_LAPSED: Text("移送失效", "offer taken in vain"),
    Milestone.LITIGATION_REFERRED: Text("转送政法机关", "referred to a judicial organ"),
    Milestone.OFFER_ARRIVED: Text("转送政法机关", "referred to a judicial organ"),
    Milestone.ORGAN_ACKNOWLEDGED: Text("政法机关接收", "acknowledged"),
    Milestone.ORGAN_PROMISED: Text("政法机关同意接收", "promised by a judicial organ"),
    Milestone.ORGAN_DECLINED: Text("政法机关退回", "declined"),
    Milestone.PETITIONER_REPLIED: Text("程序性回复", "replied to the petitioner"),
    Milestone.PROGRESS_REPORTED: Text("答复办理过程", "progress reported"),
    Milestone.CONCLUDED: Text("办理终结", "concluded"),
    Milestone.HANDED_BACK: Text("交回", "handed back"),
    Milestone.GIVEN_BACK: Text("交回", "given back"),
    Milestone.ORDERED: Text("督办", "ordered"),
    Milestone.ORDER_ANSWERED: Text("答复督办单", "order answered"),
    Milestone.ORDER_CARRIED_OUT: Text("督办事项落实", "order carried out"),
    Milestone.LATENESS_OBJECTED: Text("对逾期提出异议", "lateness objected to"),
    Milestone.LATENESS_DECIDED: Text("对逾期异议作出认定", "objection to lateness decided"),
}


Grounds = tuple[Rule, Course, DueDate | Refusal]
"""What a clock's sentences are made of: its rule, its course with its end alone, and its last day."""


def why_zh(rule: Rule, course: Course, due: DueDate | Refusal) -> str:
    """Such as: 2019-02-28受理，依《信访工作条例》第三十四条自受理之日起60日，应于2019-04-29前办结."""
    start, length = course.start, _length_zh(rule, course.start, due)
    late = "（补录）" if start.entry == ENTRY_KIND_LATE else ""
    late += "（更正后）" if course.correction else ""
    begun = f"{local_date(start.begin)}{LABELS[start.milestone].zh}{late}，依{rule.basis.zh}{length}"
    doubt = "（依据未经核实）" if rule.verification is Verification.GENERAL_KNOWLEDGE else ""
    return f"{begun}，{_due_zh(rule, due)}{doubt}{_end_zh(rule, course.end, due)}"


def why_en(rule: Rule, course: Course, due: DueDate | Refusal) -> str:
    """The same in English."""
    start, length = course.start, _length_en(rule, course.start, due)
    late = " (entered afterwards)" if start.entry == ENTRY_KIND_LATE else ""
    late += " (as put right)" if course.correction else ""
    begun = f"{LABELS[start.milestone].en} on {local_date(start.begin)}{late}; {rule.basis.en}: {length}"
    doubt = " (basis not verified)" if rule.verification is Verification.GENERAL_KNOWLEDGE else ""
    return f"{begun[0].upper()}{begun[1:]}; {_due_en(rule, due)}{doubt}{_end_en(rule, course.end, due)}"


def _length_zh(rule: Rule, start: Mark, due: DueDate | Refusal) -> str:
    if rule.counting is Counting.EXTENSION and start.base and isinstance(due, DueDate) and due.span:
        return f"自{local_date(start.base)}受理之日起延长至合计{due.span.zh}"
    return f"自{rule.since.zh}之日起{rule.span.zh}" if rule.span else "指定期限"


def _length_en(rule: Rule, start: Mark, due: DueDate | Refusal) -> str:
    if rule.counting is Counting.EXTENSION and start.base and isinstance(due, DueDate) and due.span:
        return f"{due.span.en} in all from acceptance on {local_date(start.base)}"
    return f"{rule.span.en} from {rule.since.en}" if rule.span else "a day was named"


def _due_zh(rule: Rule, due: DueDate | Refusal) -> str:
    if isinstance(due, Refusal):
        bound = f"（不早于{due.facts['not_before']}）"
        return f"因{due.facts['year']}年放假安排未载入，工作日无法计算，暂无届满日{bound}；须{rule.act.zh}"
    may = "应" if rule.nature is Nature.DUTY else "可"
    return f"{may}于{due.rolled or due.raw}前{rule.act.zh}{_note_zh(due)}"


def _due_en(rule: Rule, due: DueDate | Refusal) -> str:
    if isinstance(due, Refusal):
        year = due.facts["year"]
        bound = f"(not before {due.facts['not_before']})"
        return f"the calendar of {year} is missing, so there is no last day yet {bound}; to do: {rule.act.en}"
    petitioners = rule.nature in (Nature.REMEDY, Nature.INFORMATIONAL)
    who = "the petitioner may" if petitioners else "the unit may"
    who = "the unit has to" if rule.nature is Nature.DUTY else who
    return f"{who} {rule.act.en} by {due.rolled or due.raw}{_note_en(due)}"


def _note_zh(due: DueDate) -> str:
    notes = []
    if due.rolled is None:
        notes.append(f"{due.missing_year}年放假安排未载入，届满日暂定")
    elif due.rolled != due.raw:
        notes.append(f"{due.raw}逢休息日，顺延")
    if due.unverified:
        notes.append("所用放假安排未经核实")
    return f"（{'；'.join(notes)}）" if notes else ""


def _note_en(due: DueDate) -> str:
    notes = []
    if due.rolled is None:
        notes.append(f"provisional: the calendar of {due.missing_year} is missing")
    elif due.rolled != due.raw:
        notes.append(f"moved from {due.raw}, a day off")
    if due.unverified:
        notes.append("by a calendar that is not verified")
    return f" ({'; '.join(notes)})" if notes else ""


def _end_zh(rule: Rule, end: End | None, due: DueDate | Refusal) -> str:
    if end is None:
        return ""
    if end.mark.milestone is Milestone.IMPORTED:
        return "；期限在导入前已届满，作为历史数据不计逾期"
    late = "逾期后" if _too_late(rule, end, due) else ""
    said = f"；{late}于{local_date(end.time)}{LABELS[end.mark.milestone].zh}"
    return said + ("，本期限不再适用" if end.void else "") + ("（补录）" if _backdated(end, due) else "")


def _end_en(rule: Rule, end: End | None, due: DueDate | Refusal) -> str:
    if end is None:
        return ""
    if end.mark.milestone is Milestone.IMPORTED:
        return "; it was over before the filing was imported: history, nobody's lateness"
    late = ", too late," if _too_late(rule, end, due) else ""
    said = f"; {LABELS[end.mark.milestone].en}{late} on {local_date(end.time)}"
    entered = " (entered afterwards)" if _backdated(end, due) else ""
    return said + (", so it no longer applies" if end.void else "") + entered


def _too_late(rule: Rule, end: End, due: DueDate | Refusal) -> bool:
    """Where a window had closed, what made it void was not late."""
    if rule.nature is Nature.WINDOW and end.void:
        return False
    limit = None if isinstance(due, Refusal) else due.due_time
    return limit is not None and end.time >= limit


def _backdated(end: End, due: DueDate | Refusal) -> bool:
    """Entered late by the head; in version 0.1, done in time and recorded only after the last day."""
    if end.mark.entry != ENTRY_KIND_UNSPECIFIED:
        return end.mark.entry == ENTRY_KIND_LATE
    limit = None if isinstance(due, Refusal) else due.due_time
    return limit is not None and end.time < limit <= end.mark.recorded
