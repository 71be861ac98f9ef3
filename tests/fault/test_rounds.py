"""A round of faults on the whole platform breaks no promise; the judge of rounds finds what is planted."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionClassified, PetitionRegistered
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import History, HistoryEntry, history_of
from huiyin_audit.report import verdict_lines
from huiyin_kernel.ids import uuid7
from huiyin_store.port import RecordedEvent
from tests.fault.driving.importing import Imported
from tests.fault.driving.judging import judge, sound
from tests.fault.driving.plan import Kind, plan
from tests.fault.driving.record import Record
from tests.fault.driving.rounds import Round, run_round
from tests.fault.driving.told import Told
from tests.fault.driving.watching import Shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SEED, FAULTS = 16, 6
"""A seed whose faults hit services, database, supervisor and import."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """One short round, for all tests of this file."""
    return asyncio.run(run_round(SEED, tmp_path_factory.mktemp("round"), FAULTS))


def test_no_promise_is_broken_by_a_round_of_faults(done: Round) -> None:
    """And nothing else is found either: whatever the tests below find is what they planted."""
    verdicts = judge(done.record)
    assert sound(verdicts), "\n".join(verdict_lines(verdicts, "en"))


def test_the_round_hit_something_that_was_at_work(done: Round) -> None:
    assert sum(1 for one in done.injected if one.hit) >= FAULTS - 1
    assert any(call.answered is None for call in done.record.history.calls)
    assert done.lives > 0
    assert done.record.imported
    assert done.record.shown
    assert done.record.subscribers[0].told
    assert any(done.record.exchanged.given.values())


def test_the_same_seed_gives_the_same_plan_and_others_give_others() -> None:
    assert plan(7, 20) == plan(7, 20) != plan(8, 20)


def test_every_kind_of_fault_is_planned_sooner_or_later() -> None:
    assert {fault.kind for seed in range(40) for fault in plan(seed, 9, cluster=True)} == set(Kind)


def test_the_embedded_default_is_spared_what_only_a_cluster_has() -> None:
    planned = {fault.kind for seed in range(40) for fault in plan(seed, 9)}
    assert {Kind.KILL_SERVICE, Kind.KILL_DATABASE} <= planned
    assert not planned & {Kind.KILL_BROKER, Kind.KILL_RELAY, Kind.JOIN_WORKER}


def events_of(history: History) -> dict[str, list[RecordedEvent]]:
    return {log: [entry.record for entry in entries] for log, entries in history.logs.items()}


def with_events(record: Record, logs: dict[str, list[RecordedEvent]]) -> Record:
    return replace(record, history=history_of(logs, record.history.calls, record.history.at_rest))


def last(record: Record, kind: type[PetitionRegistered] | type[PetitionClassified]) -> HistoryEntry:
    """The last event of a kind, which somebody was told of."""
    return [entry for entry in record.history.entries("intake") if isinstance(entry.message, kind)][-1]


def appended(record: Record, log: str, event: RecordedEvent) -> Record:
    """The record with one event more at the end of a log."""
    logs = events_of(record.history)
    logs[log].append(event._replace(position=len(logs[log]) + 1, event_id=uuid7()))
    return with_events(record, logs)


def the_end_lost(record: Record) -> Record:
    """A crash took the end of the log, down to an event that a caller was told of."""
    logs, entry = events_of(record.history), last(record, PetitionClassified)
    del logs[entry.fact.log][entry.fact.position - 1 :]
    return with_events(record, logs)


def an_effect_doubled(record: Record) -> Record:
    """A request that was sent again took effect again."""
    entry = last(record, PetitionClassified)
    stream = [one for one in record.history.entries("intake") if one.fact.stream == entry.fact.stream]
    return appended(record, entry.fact.log, entry.record._replace(version=len(stream) + 1))


def registered_again(record: Record, request_id: str) -> Record:
    """The last filing once more, as another case, under this request id."""
    entry = last(record, PetitionRegistered)
    message = PetitionRegistered.FromString(entry.record.data)
    metadata = EventMetadata.FromString(entry.record.meta)
    message.case_id, metadata.request_id = str(uuid7()), request_id
    event = entry.record._replace(
        stream=f"petition-{message.case_id}",
        version=1,
        data=message.SerializeToString(),
        meta=metadata.SerializeToString(),
    )
    return appended(record, entry.fact.log, event)


def a_filing_doubled(record: Record) -> Record:
    return registered_again(record, last(record, PetitionRegistered).request_id)


def a_filing_from_nowhere(record: Record) -> Record:
    return registered_again(record, str(uuid7()))


def an_imported_row_lost(record: Record) -> Record:
    return replace(record, imported=[*record.imported, Imported(str(uuid7()), str(uuid7()))])


def an_imported_row_doubled(record: Record) -> Record:
    first = record.imported[0]
    return replace(record, imported=[*record.imported, replace(first, case_id=record.imported[-1].case_id)])


def a_case_not_listed(record: Record) -> Record:
    return replace(record, listed=record.listed[1:])


def a_case_listed_twice(record: Record) -> Record:
    return replace(record, listed=[*record.listed, record.listed[0]])


def shown_again(record: Record) -> Record:
    return replace(record, shown=[*record.shown, record.shown[0]])


def shown_and_lost(record: Record) -> Record:
    entry = last(record, PetitionClassified)
    log, end = entry.fact.log, len(record.history.logs[entry.fact.log])
    return replace(record, shown=[*record.shown, Shown(log, end + 1, entry.record.hash)])


def a_defect_answered(record: Record) -> Record:
    return replace(record, answers={**record.answers, "ListCases INTERNAL": 1})


def a_life_broken_off(record: Record) -> Record:
    return replace(record, broken=["life 7"])


def with_told(record: Record, told: Sequence[Told]) -> Record:
    """The record with something else told to the auditor, who is told everything."""
    first, *rest = record.subscribers
    return replace(record, subscribers=[replace(first, told=told), *rest])


def an_entry_told_twice(record: Record) -> Record:
    told = record.subscribers[0].told
    return with_told(record, [*told, told[0]])


def an_entry_never_told(record: Record) -> Record:
    return with_told(record, record.subscribers[0].told[:-1])


def entries_told_backwards(record: Record) -> Record:
    """The first effect with a cause, told before that cause."""
    told = list(record.subscribers[0].told)
    by_position = record.history.by_position
    place = next(n for n, one in enumerate(told) if by_position[one.log, one.position].fact.causes)
    return with_told(record, [told[place], *told[:place], *told[place + 1 :]])


def an_entry_told_that_is_not(record: Record) -> Record:
    first, *rest = record.subscribers[0].told
    return with_told(record, [first._replace(hash=bytes(32)), *rest])


def a_receipt_doubled(record: Record) -> Record:
    agency, given = next((name, found) for name, found in record.exchanged.given.items() if found)
    doubled = {**record.exchanged.given, agency: [*given, given[-1]]}
    return replace(record, exchanged=replace(record.exchanged, given=doubled))


def a_message_unanswered(record: Record) -> Record:
    agency, sent = next(iter(record.exchanged.sent.items()))
    more = {**record.exchanged.sent, agency: [*sent, str(uuid7())]}
    return replace(record, exchanged=replace(record.exchanged, sent=more))


def a_model_that_differs(record: Record) -> Record:
    first, *rest = record.replayed
    return replace(record, replayed=[replace(first, outcome=PromiseOutcome.BROKEN), *rest])


PLANTED: Iterable[tuple[Callable[[Record], Record], str]] = (
    (the_end_lost, "ACKNOWLEDGED_BUT_LOST"),
    (the_end_lost, "SHOWN_BUT_LOST"),
    (an_effect_doubled, "DONE_TWICE"),
    (a_filing_doubled, "REGISTERED_BY_ONE_REQUEST"),
    (a_filing_from_nowhere, "REGISTERED_UNTOLD"),
    (a_filing_from_nowhere, "CASE_HIDDEN"),
    (an_imported_row_lost, "IMPORTED_BUT_LOST"),
    (an_imported_row_doubled, "IMPORTED_TWICE"),
    (a_case_not_listed, "CASE_HIDDEN"),
    (a_case_listed_twice, "LISTED_TWICE"),
    (shown_again, "SHOWN_OUT_OF_ORDER"),
    (shown_and_lost, "SHOWN_BUT_LOST"),
    (a_defect_answered, "NO_PROPER_ANSWER"),
    (a_life_broken_off, "BROKEN_OFF"),
    (an_entry_told_twice, "TOLD_TWICE"),
    (an_entry_never_told, "NOT_TOLD"),
    (entries_told_backwards, "TOLD_BEFORE_ITS_CAUSE"),
    (an_entry_told_that_is_not, "TOLD_WHAT_IS_NOT"),
    (a_receipt_doubled, "ANSWERED_TWICE"),
    (a_message_unanswered, "UNANSWERED"),
)


@pytest.mark.parametrize("plant, rule", PLANTED)
def test_the_judge_finds_what_is_planted(done: Round, plant: Callable[[Record], Record], rule: str) -> None:
    verdicts = judge(plant(done.record))
    assert rule in {finding.rule for one in verdicts for finding in one.violations}
    assert not sound(verdicts)


def test_a_read_model_that_differs_from_replay_makes_a_round_unsound(done: Round) -> None:
    assert not sound(judge(a_model_that_differs(done.record)))
