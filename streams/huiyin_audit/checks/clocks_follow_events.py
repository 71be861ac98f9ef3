"""Promise P4, clocks follow events: every date said follows from the events, and nothing else moves one."""

from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import (
    DeadlinePassed,
    LatenessObjected,
    LatenessWithdrawn,
    PolicyApplied,
)
from huiyin_audit.checks.case_states import Clocks, Derive, derivation, entries_by_case
from huiyin_audit.findings import AuditRule, Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_audit.replay import held
from huiyin_domain.clocks.clock import Clock, statutory_clock
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.record import cause_against
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.dates import instant

NO_SUCH_CLOCK = AuditRule(
    "NO_SUCH_CLOCK",
    "期限 {clock} 无法由事件推出",
    "clock {clock} does not follow from the events",
)
DATE_DIFFERS = AuditRule(
    "DATE_DIFFERS",
    "期限 {clock} 所记的 {fields} 与由事件推出的不同",
    "{fields} said of clock {clock} are not what the events give",
)
PASSED_TOO_SOON = AuditRule(
    "PASSED_TOO_SOON",
    "期限 {clock} 在 {due} 之前即记为已过",
    "clock {clock} was said to have passed before {due}",
)
WITHDRAWN_WITHOUT_CAUSE = AuditRule(
    "WITHDRAWN_WITHOUT_CAUSE",
    "期限 {clock} 的逾期被撤销，却没有成立的原因（所称原因 {cause}）",
    "lateness by clock {clock} was withdrawn without a cause that holds (said: {cause})",
)
UNRELATED_MOVED_A_DATE = AuditRule(
    "UNRELATED_MOVED_A_DATE",
    "与期限无关的 {type} 改变了期限 {clock}",
    "{type}, which no period hangs on, changed clock {clock}",
)
DATE_MOVED = AuditRule(
    "DATE_MOVED",
    "{type} 使已起算的期限 {clock} 的日期移动或消失",
    "{type} moved or removed the date of clock {clock}, which was running already",
)
JUDGED_TOO_EARLY = AuditRule(
    "JUDGED_TOO_EARLY",
    "期限 {clock} 依据的放假安排 {version} 当时尚未载入",
    "clock {clock} was judged by the calendar {version}, which did not hold yet",
)
OTHER_VERSION = AuditRule(
    "OTHER_VERSION",
    "期限 {clock} 依据另一版本的规则或放假安排（{versions}），本版本无法核对",
    "clock {clock} was judged by other rules or another calendar ({versions}) than this build has",
)

UNRELATED: tuple[type[Message], ...] = (
    intake.PetitionRated,
    intake.RatingTakenBack,
    intake.NoticeSent,
    intake.CaseLinked,
    intake.PetitionRestated,
    intake.PersonalDataRead,
    intake.ResolutionItemRefused,
    reception.VisitReceived,
    DeadlinePassed,
    PolicyApplied,
)
"""Events that no period of domain rules, section 1.2, starts, stops or lengthens by."""

Objections = dict[tuple[str, str], str]
"""Who objected, by clock and due time."""

_DATED = ("rule", "case_id", "start_event_id", "raw_due_date", "rolled_due_date", "due_time")
_VERSIONS = ("rule_version", "calendar_version")


def check(history: History, timetable: Timetable, derive: Derive | None = None) -> Verdict:
    """Derives every case's clocks anew, and compares them with what supervision said of them."""
    derive = derive or derivation(held(history, timetable)[-1].timetable)
    cases, judged = entries_by_case(history), Judged(history, timetable)
    clocks = {case_id: derive(entries) for case_id, entries in cases.items()}
    violations: list[Finding] = []
    questions: list[Finding] = []
    objections: Objections = {}
    for entry in history.entries("supervision"):
        match entry.message:
            case DeadlinePassed() as event:
                now = clocks.get(event.case_id, {}).get(event.clock_id)
                found = _passed(entry, event, judged.clock(entry, event, now))
                violations += judged.too_early(entry, event)
                derives = judged.derives(entry, derive)
                if found and _said_before_correction(entry, event, cases.get(event.case_id, []), derives):
                    found = []
                violations += [finding for finding in found if finding.rule != OTHER_VERSION.name]
                questions += [finding for finding in found if finding.rule == OTHER_VERSION.name]
            case LatenessObjected() as event:
                objections[event.clock_id, event.due_time.ToJsonString()] = event.unit
            case LatenessWithdrawn() as event:
                now = clocks.get(event.case_id, {}).get(event.clock_id)
                violations += _withdrawn(entry, event, judged.clock(entry, event, now), objections)
                violations += judged.too_early(entry, event)
    for case_id, entries in cases.items():
        violations += _unrelated(entries, clocks[case_id], derive)
        violations += _moving(entries, derive)
    return verdict("P4 clocks follow events", violations, questions)


class Judged:
    """The clocks by the timetable that an event was judged by: one that held when it was recorded."""

    def __init__(self, history: History, shipped: Timetable) -> None:
        self._cases, self._held = entries_by_case(history), held(history, shipped)
        self._known: dict[tuple[str, int], Clocks] = {}

    def clock(
        self, entry: HistoryEntry, event: DeadlinePassed | LatenessWithdrawn, now: Clock | None
    ) -> Clock | None:
        """The clock as it was counted by what the event names; else as it is now."""
        if len(self._held) == 1 or not event.calendar_version:
            return now
        for number in range(len(self._held) - 1, -1, -1):
            if self._held[number].position < entry.fact.position:
                clock = self._clocks(event.case_id, number).get(event.clock_id)
                if clock is not None and clock.calendar_version == event.calendar_version:
                    return clock
        return now

    def too_early(self, entry: HistoryEntry, event: DeadlinePassed | LatenessWithdrawn) -> Iterator[Finding]:
        """The calendar that an event names came into the log after it."""
        versions = [
            (held_by.position, clock.calendar_version)
            for number, held_by in enumerate(self._held if len(self._held) > 1 else ())
            if (clock := self._clocks(event.case_id, number).get(event.clock_id)) is not None
        ]
        named = [position for position, version in versions if version == event.calendar_version != ""]
        if named and min(named) > entry.fact.position:
            yield JUDGED_TOO_EARLY.at(entry.place, clock=event.clock_id, version=event.calendar_version)

    def derives(self, entry: HistoryEntry, now: Derive) -> list[Derive]:
        """By each timetable that held when an event was recorded; `now` where there was never another."""
        if len(self._held) == 1:
            return [now]
        before = (one for one in self._held if one.position < entry.fact.position)
        return [derivation(one.timetable) for one in before]

    def _clocks(self, case_id: str, number: int) -> Clocks:
        if (case_id, number) not in self._known:
            derive = derivation(self._held[number].timetable)
            self._known[case_id, number] = derive(self._cases.get(case_id, []))
        return self._known[case_id, number]


def _passed(entry: HistoryEntry, event: DeadlinePassed, clock: Clock | None) -> list[Finding]:
    if clock is None:
        return [NO_SUCH_CLOCK.at(entry.place, clock=event.clock_id)]
    expected = statutory_clock(clock)
    if any(getattr(event, name) != getattr(expected, name) for name in _VERSIONS):
        versions = f"{event.rule_version}, {event.calendar_version}"
        return [OTHER_VERSION.at(entry.place, clock=event.clock_id, versions=versions)]
    if _before_the_evidence(event, clock):
        return []
    found = []
    if different := [name for name in _DATED if getattr(event, name) != getattr(expected, name)]:
        found.append(DATE_DIFFERS.at(entry.place, clock=event.clock_id, fields=", ".join(different)))
    if clock.due_time is not None and entry.fact.recorded < clock.due_time:
        due = clock.due_time.isoformat()
        found.append(PASSED_TOO_SOON.at(entry.place, clock=event.clock_id, due=due))
    return found


def _before_the_evidence(event: DeadlinePassed, clock: Clock) -> bool:
    """Said before evidence showed that what passed had come later: it is withdrawn, and was no mistake."""
    received_later = clock.start is Milestone.HANDOVER_RECEIPT_PROVED
    return received_later and clock.due_time is not None and instant(event.due_time) < clock.due_time


def _said_before_correction(
    entry: HistoryEntry, event: DeadlinePassed, entries: Sequence[HistoryEntry], derives: Sequence[Derive]
) -> bool:
    """Whether it was right by what was put right since; P5 has that it is taken back."""
    corrected = [place for place, one in enumerate(entries) if _moves_dates(one)]
    return any(
        not _passed(entry, event, derive(_without(entries, place)).get(event.clock_id))
        for place in corrected
        for derive in derives
    )


def _without(entries: Sequence[HistoryEntry], place: int) -> Sequence[HistoryEntry]:
    """The entries without the corrections that move dates from a place on."""
    return [one for at, one in enumerate(entries) if at < place or not _moves_dates(one)]


def _moves_dates(entry: HistoryEntry) -> bool:
    """The day of receipt that was put right, or the place, which may have a calendar of its own."""
    event = entry.message
    return isinstance(event, intake.RegistrationCorrected) and bool(
        {"received_time", "division"} & {*event.fields}
    )


def _withdrawn(
    entry: HistoryEntry, event: LatenessWithdrawn, clock: Clock | None, objections: Objections
) -> Iterator[Finding]:
    """The cause said is the one that the events give; version 0.1 said none."""
    if event.cause == types.WITHDRAWAL_CAUSE_OBJECTION_UPHELD:
        holds = _upheld(event, objections)
    elif clock is None:
        holds = False
    else:
        due = instant(event.due_time) if event.HasField("due_time") else clock.due_time
        expected = cause_against(clock, due)
        holds = bool(expected) and event.cause in (expected, _said_by_0_1(entry))
    if not holds:
        name = types.WithdrawalCause.Name(event.cause).removeprefix("WITHDRAWAL_CAUSE_")
        yield WITHDRAWN_WITHOUT_CAUSE.at(entry.place, clock=event.clock_id, cause=name)


def _upheld(event: LatenessWithdrawn, objections: Objections) -> bool:
    """The late unit had objected, and another agency's supervisor found so and said why."""
    unit = objections.get((event.clock_id, event.due_time.ToJsonString()))
    return bool(event.supervisor) and event.HasField("finding") and unit not in (None, event.supervisor)


def _said_by_0_1(entry: HistoryEntry) -> types.WithdrawalCause.ValueType | None:
    """Version 0.1 named no cause; a log that tells entries apart does."""
    return None if entry.metadata.entry.kind else types.WITHDRAWAL_CAUSE_UNSPECIFIED


def _unrelated(entries: Sequence[HistoryEntry], clocks: Clocks, derive: Derive) -> Iterator[Finding]:
    """Without its unrelated events a case has the same clocks; where not, names the events that matter."""
    strangers = [entry for entry in entries if isinstance(entry.message, UNRELATED)]
    related = [entry for entry in entries if not isinstance(entry.message, UNRELATED)]
    if derive(related) == clocks:
        return
    for stranger in strangers:
        without = derive([entry for entry in entries if entry is not stranger])
        for clock_id in sorted(without.keys() | clocks.keys()):
            if without.get(clock_id) != clocks.get(clock_id):
                name = type(stranger.message).__name__
                yield UNRELATED_MOVED_A_DATE.at(stranger.place, type=name, clock=clock_id)


def _moving(entries: Sequence[HistoryEntry], derive: Derive) -> Iterator[Finding]:
    """A period that has started keeps its dates: more time is a clock of its own.

    But for evidence that what was handed over came later, which moves its unit's periods later; and what was
    registered wrongly is put right: who may do that, P13 has.
    """
    before: Mapping[str, Clock] = {}
    for number, entry in enumerate(entries, start=1):
        after = derive(entries[:number])
        for clock_id, clock in before.items():
            if clock_id not in after or not _keeps(clock, after[clock_id], entry):
                yield DATE_MOVED.at(entry.place, type=type(entry.message).__name__, clock=clock_id)
        before = after


def _keeps(clock: Clock, after: Clock, entry: HistoryEntry) -> bool:
    received_later = (
        isinstance(entry.message, intake.HandoverReceiptProved)
        and after.start is Milestone.HANDOVER_RECEIPT_PROVED
        and clock.start_time < after.start_time
    )
    return received_later or _moves_dates(entry) or _dates(clock) == _dates(after)


def _dates(clock: Clock) -> tuple[object, ...]:
    return clock.start_event_id, clock.raw_due, clock.rolled_due, clock.due_time
