"""Promise P4, acts in their time: none before what it follows, none backdated in silence."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import (
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_LATE,
    ENTRY_KIND_TIMELY,
    ENTRY_KIND_UNSPECIFIED,
)
from huiyin.intake.v1.events_pb2 import PetitionRegistered, RegistrationCorrected
from huiyin.intake.v1.types_pb2 import REGISTRATION_DOUBT_SOURCE
from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin_audit.findings import AuditRule, Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_audit.replay import by, held
from huiyin_domain.acts.act import Act, Acts, told_time, with_act
from huiyin_domain.acts.judge import bounded_times, last_day_to_enter, too_early
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.clocks.rule import Counting, Who
from huiyin_domain.context import Policy
from huiyin_domain.dates import local_date, start_of_day
from huiyin_kernel.codec import instant

BEFORE_RECEIPT = AuditRule(
    "BEFORE_RECEIPT",
    "{type} 发生于 {time}，早于信访事项的收到时间 {followed}",
    "{type} happened at {time}, before the petition was received at {followed}",
)
BEFORE_WHAT_IT_FOLLOWS = AuditRule(
    "BEFORE_WHAT_IT_FOLLOWS",
    "{type} 发生于 {time}，早于其所依据的 {follows}（{followed}）",
    "{type} happened at {time}, before {follows} at {followed}, which it follows",
)
BACKDATED_UNAPPROVED = AuditRule(
    "BACKDATED_UNAPPROVED",
    "{type} 所述时间 {time} 应于 {last} 前录入，逾期录入而无负责人批准",
    "{type} of {time} was to be entered by {last}; it was entered later and no head approved it",
)
LATE_ENTRY_UNSIGNED = AuditRule(
    "LATE_ENTRY_UNSIGNED",
    "{type} 为补录，却没有由该机关负责人本人说明理由录入",
    "{type} is a late entry that no head of the agency made in person, with a reason",
)
NO_HISTORY = AuditRule(
    "NO_HISTORY",
    "{type} 标为历史数据，却不是平台启用前收到并注明来源的信访件",
    "{type} is marked as history and is no filing, with its source, from before the log began",
)
ENTRY_UNTOLD = AuditRule(
    "ENTRY_UNTOLD",
    "{type} 没有说明录入方式，而此前的事件均已说明",
    "{type} does not say how it came into the record, as events before it do",
)
NOT_AS_ITS_CAUSE = AuditRule(
    "NOT_AS_ITS_CAUSE",
    "{type} 的时间与其所依据的另一日志的事件不符",
    "{type} does not have the time of the event in another log that it follows from",
)
OTHERS_TIME_SHORTENED = AuditRule(
    "OTHERS_TIME_SHORTENED",
    "期限 {clock} 由他人启动，却未自记录之日起算（应不早于 {due}）",
    "clock {clock} was started by another and does not run from the recording (due not before {due})",
)


def check(history: History, policy: Policy) -> Verdict:
    """Judges the times of every event; those of version 0.1, which told no entries apart, stand as told."""
    received = _receipts(history)
    violations = [
        *(finding for entries in _streams(history) for finding in _stream(entries, history, policy)),
        *_other_streams(history, received, policy),
        *_untold(history),
        *_shortened(history, policy),
    ]
    return verdict("P4 acts in their time", violations)


def _streams(history: History) -> Iterator[list[HistoryEntry]]:
    found: dict[tuple[str, str], list[HistoryEntry]] = {}
    for log, entries in history.logs.items():
        for entry in entries:
            found.setdefault((log, entry.fact.stream), []).append(entry)
    yield from found.values()


def _stream(entries: list[HistoryEntry], history: History, policy: Policy) -> Iterator[Finding]:
    acts: Acts = {}
    for entry in entries:
        kind, fact = entry.metadata.entry.kind, entry.fact
        if kind != ENTRY_KIND_UNSPECIFIED:
            follows = entry.metadata.entry.HasField("known_time")
            yield from _as_its_cause(entry, history) if follows else _own(entry, acts, history, policy)
        acts = with_act(acts, entry.message, fact.occurred, fact.recorded)


def _own(entry: HistoryEntry, acts: Acts, history: History, policy: Policy) -> Iterator[Finding]:
    for act, time in too_early(entry.message, entry.fact.occurred, acts, policy.limits.future_tolerance):
        yield _early(entry, act, time)
    match entry.metadata.entry.kind:
        case kind if kind == ENTRY_KIND_TIMELY:
            yield from _backdated(entry, history, policy)
        case kind if kind == ENTRY_KIND_LATE:
            yield from _unsigned(entry)
        case kind if kind == ENTRY_KIND_IMPORTED:
            yield from _no_history(entry, history, policy)


def _early(entry: HistoryEntry, act: Act, time: datetime) -> Finding:
    follows, name = type(act.event).__name__, type(entry.message).__name__
    rule = BEFORE_RECEIPT if isinstance(act.event, PetitionRegistered) else BEFORE_WHAT_IT_FOLLOWS
    facts = {"type": name, "time": time.isoformat(), "follows": follows, "followed": act.time.isoformat()}
    return rule.at(entry.place, **facts)


def _backdated(entry: HistoryEntry, history: History, policy: Policy) -> Iterator[Finding]:
    """By any calendar that had held by then: a service takes a new one over a moment after supervision."""
    entered = local_date(entry.fact.recorded - policy.limits.future_tolerance)
    unit = policy.directory.get(entry.fact.agency)
    timetables = by(held(history, policy.timetable), entry.fact.recorded)
    calendars = [one.calendar_of(unit.division if unit else "") for one in timetables]
    for time in bounded_times(entry.message, entry.fact.occurred):
        days = policy.limits.entry_working_days
        last = max(last_day_to_enter(time, days, calendar) for calendar in calendars)
        if entered > last:
            name = type(entry.message).__name__
            yield BACKDATED_UNAPPROVED.at(entry.place, type=name, time=time.isoformat(), last=last)


def _unsigned(entry: HistoryEntry) -> Iterator[Finding]:
    made, actor = entry.metadata.entry, entry.metadata.actor
    in_person = made.approved_by and made.approved_by == actor.officer and not actor.on_behalf_of
    if not in_person or not made.HasField("reason"):
        yield LATE_ENTRY_UNSIGNED.at(entry.place, type=type(entry.message).__name__)


def _no_history(entry: HistoryEntry, history: History, policy: Policy) -> Iterator[Finding]:
    """History names its source, or says that a person has still to settle it."""
    event = entry.message
    if isinstance(event, PetitionRegistered) and (event.source or REGISTRATION_DOUBT_SOURCE in event.doubts):
        received, unit = told_time(event), policy.directory.get(event.unit)
        first = history.logs[entry.fact.log][0].fact
        joined = start_of_day(unit.joined) if unit and unit.joined else None
        ends = [first.recorded] if first.position == 1 else []
        ends += [joined] if joined else []
        if received is not None and (not ends or received < max(ends)):
            return
    yield NO_HISTORY.at(entry.place, type=type(event).__name__)


def _as_its_cause(entry: HistoryEntry, history: History) -> Iterator[Finding]:
    cause = _cause(entry, history)
    if cause is None:
        return
    behind, made = cause.metadata.entry, entry.metadata.entry
    known = instant(behind.known_time) if behind.HasField("known_time") else cause.fact.recorded
    same = (entry.fact.occurred, instant(made.known_time)) == (cause.fact.occurred, known)
    if not same or made.kind != (behind.kind or ENTRY_KIND_TIMELY):
        yield NOT_AS_ITS_CAUSE.at(entry.place, type=type(entry.message).__name__)


def _cause(entry: HistoryEntry, history: History) -> HistoryEntry | None:
    """The event in another log that led to this one; None where that log is not given."""
    for named in entry.metadata.causes:
        for other in history.logs.get(named.log, ()):
            if other.fact.event_id == entry.metadata.causation_id:
                return other
    return None


def _receipts(history: History) -> Mapping[str, datetime]:
    """When each case was received: by the earliest day that its record ever gave."""
    found: dict[str, datetime] = {}
    for entry in history.entries("intake"):
        if received := _receipt(entry.message):
            case_id = entry.fact.stream.removeprefix("petition-")
            found[case_id] = min(received, found.get(case_id, received))
    return found


def _receipt(event: Message) -> datetime | None:
    if isinstance(event, RegistrationCorrected) and "received_time" in event.fields:
        return instant(event.received_time)
    return told_time(event) if isinstance(event, PetitionRegistered) else None


def _other_streams(history: History, received: Mapping[str, datetime], policy: Policy) -> Iterator[Finding]:
    """What other services record of a case does not come before its receipt either."""
    for entry in (entry for entries in history.logs.values() for entry in entries):
        if entry.fact.stream.startswith("petition-") or not entry.metadata.entry.kind:
            continue
        latest = max((received[one] for one in entry.fact.case_ids if one in received), default=None)
        if latest and entry.fact.occurred + policy.limits.future_tolerance < latest:
            name, time = type(entry.message).__name__, entry.fact.occurred.isoformat()
            yield BEFORE_RECEIPT.at(entry.place, type=name, time=time, followed=latest.isoformat())


def _untold(history: History) -> Iterator[Finding]:
    for entries in history.logs.values():
        told = False
        for entry in entries:
            told = told or entry.metadata.entry.kind != ENTRY_KIND_UNSPECIFIED
            if told and entry.metadata.entry.kind == ENTRY_KIND_UNSPECIFIED:
                yield ENTRY_UNTOLD.at(entry.place, type=type(entry.message).__name__)


def _shortened(history: History, policy: Policy) -> Iterator[Finding]:
    """Whoever inherits a matter inherits its time; a period that names its unit runs from the recording."""
    starts = {e.fact.event_id: e for entries in history.logs.values() for e in entries}
    own = (
        rule
        for rule in policy.timetable.rules
        if rule.counting is Counting.SPAN and rule.who is not Who.HOLDER
    )
    spans = {rule.id: rule.span for rule in own}
    timetables = [one.timetable for one in held(history, policy.timetable)]
    registered = (entry.message for entry in history.entries("intake"))
    divisions = {one.case_id: one.division for one in registered if isinstance(one, PetitionRegistered)}
    for entry in history.entries("supervision"):
        event = entry.message
        if not isinstance(event, DeadlinePassed) or event.rule not in spans:
            continue
        start, span = starts.get(event.start_event_id), spans[event.rule]
        if start is None or span is None or not start.metadata.entry.kind or start.fact.agency == event.unit:
            continue
        place = divisions.get(event.case_id, "")
        day, calendars = local_date(start.fact.recorded), [one.calendar_of(place) for one in timetables]
        dues = [due.raw for one in calendars if isinstance(due := one.due(day, span), DueDate)]
        if dues and event.raw_due_date < min(dues).isoformat():
            yield OTHERS_TIME_SHORTENED.at(entry.place, clock=event.clock_id, due=min(dues))
