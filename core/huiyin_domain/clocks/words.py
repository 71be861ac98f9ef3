"""The sentence that says why a clock runs until when, in Chinese and in English."""

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, ENTRY_KIND_UNSPECIFIED
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.clocks.course import Course, End
from huiyin_domain.clocks.labels import LABELS
from huiyin_domain.clocks.mark import Mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Counting, Nature, Rule
from huiyin_domain.codes import Verification
from huiyin_domain.dates import local_date
from huiyin_domain.refusal import Refusal

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
