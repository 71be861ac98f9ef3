"""How a period goes: from which mark it runs, and which mark stops it or takes its ground away."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from huiyin.common.v1.types_pb2 import (
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_TIMELY,
    ENTRY_KIND_UNSPECIFIED,
)
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.mark import DECLINED, Mark, Marks, last
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Nature, Rule, RulesByStart
from huiyin_domain.dates import received

_PROVED, _FOUND = Milestone.HANDOVER_RECEIPT_PROVED, Milestone.CLASSIFIED

_RECEIPT = (Milestone.RECEIVED_BY_OFFICE, Milestone.RECEIVED_DIRECTLY)


class End(NamedTuple):
    """What ended a period, when, and whether it was the act waited for or made it void."""

    mark: Mark
    time: datetime
    void: bool


class Course(NamedTuple):
    """One run of a rule's period; `end` is None while nothing ended it. `ends` is all that could.

    Where the day of receipt was put right, `start` has that day, `registered` is the start as it was
    registered, and `correction` the event by which it was put right.
    """

    start: Mark
    ends: tuple[End, ...] = ()
    end: End | None = None
    registered: Mark | None = None
    correction: str = ""


class CaseMarks:
    """The marks of a case as its periods look at them, gathered once for all of them."""

    def __init__(self, state: CaseClocks) -> None:
        self.streams = state.streams
        marks = [one for stream in state.streams.values() for one in stream]
        self.moves = tuple(one for one in marks if one.holder)
        self.unclear = _unclear(marks)
        """By what a name or address is unclear, as the record says now: then no duty of notice (23(2))."""
        self._taken_back = {
            dict(one.keys).get("referral") for one in marks if one.milestone is Milestone.OFFER_WITHDRAWN
        }

    def holder_before(self, instant: datetime | None) -> str:
        """Who was responsible just before an instant, or is now."""
        before = [one for one in self.moves if instant is None or one.begin < instant]
        found = before or self.moves[:1]
        return found[-1].holder if found else ""

    def after(self, stream: str, index: int) -> Marks:
        """Later marks of the own stream, and those of other streams that are not earlier in time."""
        own = self.streams[stream]
        start, later = own[index], own[index + 1 :]
        for name, marks in self.streams.items():
            if name != stream:
                later += tuple(one for one in marks if one.time >= start.time)
        event = start.event_id
        return tuple(one for one in later if one.event_id != event and not self.is_back_already(one))

    def is_back_already(self, one: Mark) -> bool:
        """An organ declines what was taken back from it: its unit has it to route by that act already."""
        if not self._taken_back or one.milestone is not Milestone.RETURNED:
            return False
        declined = dict(one.keys).get(DECLINED)
        return declined is not None and declined in self._taken_back


def courses(rules: RulesByStart, case: CaseMarks) -> Iterator[tuple[Rule, Course]]:
    """Every run of the rules in a case, each with its rule."""
    for stream, marks in case.streams.items():
        for index, one in enumerate(marks):
            if started := rules.get(one.milestone):
                own, matters, after = marks[index:], _matters(marks, index), case.after(stream, index)
                start, found = _received(one, own), [later for later in own if later.milestone is _FOUND]
                for rule in started:
                    if _starts(rule, one, case) and not rule.matters.isdisjoint(matters):
                        ends = *_ends(rule, start, after), *_lost_ground(rule, start, found, case)
                        yield rule, _as_corrected(Course(start, ends), own)


def _received(start: Mark, own: Marks) -> Mark:
    """The start of what a unit was handed: from when that stood in its inbox, whatever its sender told."""
    if start.milestone is not Milestone.HANDED_OVER:
        return start
    proofs = (one.time for one in own if one.milestone is _PROVED and start.agrees(one))
    proved, earlier_version = max(proofs, default=None), start.entry == ENTRY_KIND_UNSPECIFIED
    begins = received(start.time, start.recorded, earlier_version, proved)
    return start._replace(milestone=_PROVED if proved else start.milestone, begins=begins)


def _as_corrected(course: Course, own: Marks) -> Course:
    """What runs from receipt runs from the day that the record gives now, and stays the same clock."""
    corrected = last(own, Milestone.RECEIPT_CORRECTED) if course.start.milestone in _RECEIPT else None
    if corrected is None:
        return course
    start = course.start._replace(time=corrected.time)
    return course._replace(start=start, registered=course.start, correction=corrected.event_id)


def as_registered(course: Course) -> Course:
    """The course from the day on which it was registered to have come, whatever was put right since."""
    return course._replace(start=course.registered or course.start, registered=None, correction="")


def is_history(start: Mark, due: DueDate | None) -> bool:
    """An imported filing's period that was over before the import: nobody is late by it."""
    return bool(due and start.entry == ENTRY_KIND_IMPORTED and _over(due) <= start.recorded)


def settled(rule: Rule, course: Course, due: DueDate | None) -> Course:
    """The course with its end alone: the first of what could end it.

    What an imported filing starts, and what was over when it was imported, is history from the start.
    """
    limit = due.due_time if due else None
    if is_history(course.start, due):
        imported = course.start._replace(milestone=Milestone.IMPORTED)
        first: End | None = End(imported, course.start.time, void=True)
    else:
        ends = (_counted(rule, end, limit) for end in course.ends)
        first = min(ends, key=lambda end: (end.time, end.void, end.mark.event_id), default=None)
    return Course(course.start, (), first, course.registered, course.correction)


def _over(due: DueDate) -> datetime:
    """When it was over; without a calendar, at the end of the raw last day."""
    return due.due_time or due.warning_time


def _counted(rule: Rule, end: End, limit: datetime | None) -> End:
    """The end with the time that counts against the last day.

    An act that was entered after the last day, and that nobody approved, counts from its entry: a unit's
    word alone does not make it in time. The petitioner's own act counts from when it was done.
    """
    approved = end.mark.entry != ENTRY_KIND_TIMELY
    if approved or limit is None or (rule.nature is Nature.REMEDY and not end.void):
        return end
    entered_late = end.time < limit <= end.mark.recorded
    return end._replace(time=end.mark.recorded) if entered_late else end


def _starts(rule: Rule, start: Mark, case: CaseMarks) -> bool:
    if rule.organ_kind not in (0, start.organ_kind):
        return False
    if (rule.unless_handling and start.handling) or case.is_back_already(start):
        return False
    unclear = case.unclear if rule.needs_address else None
    return unclear is None or unclear.recorded > start.recorded


def _unclear(marks: Sequence[Mark]) -> Mark | None:
    latest = max(filter(_says_address, marks), key=lambda one: one.recorded, default=None)
    unclear = latest and (latest.anonymous or latest.milestone is Milestone.ADDRESS_UNCLEAR)
    return latest if unclear else None


def _says_address(one: Mark) -> bool:
    return one.anonymous or one.milestone in (Milestone.ADDRESS_UNCLEAR, Milestone.ADDRESS_CLEAR)


def _matters(marks: Marks, index: int) -> list[object]:
    """What the matter was found to be: when the period starts, then every later finding."""
    found = [(place, one.matter) for place, one in enumerate(marks) if one.milestone is _FOUND]
    at_start = [matter for place, matter in found if place <= index][-1:] or [None]
    return [*at_start, *(matter for place, matter in found if place > index)]


def _ends(rule: Rule, start: Mark, after: Marks) -> Iterator[End]:
    """What stops the period, or makes it void, by a mark about the same thing."""
    for place, one in enumerate(after):
        if one.milestone not in rule.ending or not (_can_end(rule, one) and start.agrees(one)):
            continue
        if not _undone(rule, one, after[place + 1 :]):
            yield End(one, max(start.begins or one.time, one.time), one.milestone in rule.voids)


def _lost_ground(rule: Rule, start: Mark, found: Sequence[Mark], case: CaseMarks) -> Iterator[End]:
    """A finding that the matter is of no such kind; for a notice, an address that is found unclear."""
    against = [_reclassified(rule, found), case.unclear if rule.needs_address else None]
    return (End(one, max(start.begin, one.time), void=True) for one in against if one is not None)


def _can_end(rule: Rule, one: Mark) -> bool:
    """What met it in version 0.1 ends it where that version recorded it."""
    return one.milestone not in rule.earlier_stops or one.entry == ENTRY_KIND_UNSPECIFIED


def _undone(rule: Rule, one: Mark, later: Marks) -> bool:
    """What was given in answer did not do: the period runs on, to the last day that it always had."""
    if not rule.undone_by or one.milestone not in rule.stops:
        return False
    return any(other.milestone in rule.undone_by and one.agrees(other) for other in later)


def _reclassified(rule: Rule, found: Sequence[Mark]) -> Mark | None:
    """The finding by which the matter is, for good, not of a kind that the rule is for."""
    if not found or found[-1].matter in rule.matters:
        return None
    wanted = [place for place, one in enumerate(found) if one.matter in rule.matters]
    return found[wanted[-1] + 1 if wanted else 0]
