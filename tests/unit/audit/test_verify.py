"""Verification passes a sound log and names the first bad position of a tampered one, whatever was done."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin_audit.history import entry_of
from huiyin_audit.report import LogReport
from huiyin_audit.sources import Follower, RequestSpan, StreamHead
from huiyin_audit.spill import Spill, spilled
from huiyin_audit.verify import EventSlice, SliceEnd, hashed, verify_streams
from huiyin_audit.verify_log import verify_log
from huiyin_store.port import CorruptLogError, RecordedEvent
from tests.unit.audit.book import chained, identity, written
from tests.unit.audit.legal_story import INTAKE, legal_story
from tests.unit.audit.sources import ListSource, heads_of, requests_of

EVENTS = tuple(written(legal_story()).logs[INTAKE])
HEADS, REQUESTS = heads_of(EVENTS), requests_of(INTAKE, EVENTS)
OTHER_ID = UUID(identity("another"))

Events = list[RecordedEvent]


async def verified(
    events: Sequence[RecordedEvent],
    heads: Sequence[StreamHead] = HEADS,
    requests: Sequence[RequestSpan] = REQUESTS,
    kept_max: int = 200,
) -> LogReport:
    """Read whole; in slices side by side, and with its streams in parts, the same is found."""
    source = ListSource(INTAKE, events, heads, requests, page=7)
    report = await verify_log(source, kept_max=kept_max)
    apart = partial(slices, events, 3, kept_max)
    assert await verify_log(source, kept_max=kept_max, slices=apart, part_rows=12) == report
    return report


async def slices(
    events: Sequence[RecordedEvent], width: int, kept_max: int, spill: Spill
) -> AsyncIterator[SliceEnd]:
    """Side by side where positions are in order, as a database gives them; else one after the other."""
    end, in_order = None, list(events) == sorted(events, key=lambda event: event.position)
    for start in range(0, len(events), width):
        part = EventSlice(INTAKE, kept_max, None if in_order else end)
        part.take(map(hashed, events[start : start + width]))
        end = part.close(spill, start)
        yield end


def rules(report: LogReport) -> set[str]:
    return {finding.rule for finding in report.findings}


async def test_a_sound_log_passes() -> None:
    report = await verified(EVENTS)
    assert (report.findings, report.first_bad_position, report.not_checked) == ((), None, ())
    assert (report.event_count, report.stream_count) == (len(EVENTS), 7)
    assert report.recorded == EVENTS[-1].recorded


async def test_an_empty_log_passes() -> None:
    report = await verified((), (), ())
    assert (report.finding_count, report.position, report.recorded) == (0, 0, None)


async def test_what_a_source_does_not_show_is_said() -> None:
    report = await verify_log(ListSource(INTAKE, EVENTS))
    assert (report.finding_count, report.not_checked) == (0, ("streams", "requests"))


@dataclass(frozen=True)
class Bent:
    """One column of one event, altered by as little as can be."""

    name: str
    bend: Callable[[RecordedEvent], dict[str, Any]]
    rule: str = "HASH_WRONG"


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


COLUMNS = [
    Bent("stream", lambda e: {"stream": e.stream + "x"}),
    Bent("version", lambda e: {"version": e.version + 1}),
    Bent("event_id", lambda e: {"event_id": OTHER_ID}),
    Bent("type", lambda e: {"type": "huiyin.intake.v1.PetitionClosed"}),
    Bent("recorded", lambda e: {"recorded": e.recorded + timedelta(microseconds=1)}),
    Bent("occurred", lambda e: {"occurred": e.occurred - timedelta(microseconds=1)}),
    Bent("meta", lambda e: {"meta": flipped(e.meta)}),
    Bent("data", lambda e: {"data": flipped(e.data)}),
    Bent("previous_hash", lambda e: {"previous_hash": flipped(e.previous_hash)}, "PREVIOUS_HASH_WRONG"),
    Bent("hash", lambda e: {"hash": flipped(e.hash)}),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@pytest.mark.parametrize("index", [0, 5, len(EVENTS) - 1])
async def test_one_altered_column_is_named_by_its_position(column: Bent, index: int) -> None:
    events = list(EVENTS)
    events[index] = events[index]._replace(**column.bend(events[index]))
    report = await verified(events)
    assert report.first_bad_position == EVENTS[index].position
    assert column.rule in rules(report)


async def test_a_changed_position_is_named() -> None:
    events = list(EVENTS)
    events[5] = events[5]._replace(position=500)
    report = await verified(events)
    assert report.first_bad_position == 6
    assert {"POSITION_GAP", "HASH_WRONG", "POSITION_REPEATED"} <= rules(report)


@settings(deadline=None)
@given(index=st.integers(0, len(EVENTS) - 1))
async def test_a_dropped_event_is_named_by_its_position(index: int) -> None:
    report = await verified(EVENTS[:index] + EVENTS[index + 1 :])
    assert report.first_bad_position == index + 1
    followed = any(later.stream == EVENTS[index].stream for later in EVENTS[index + 1 :])
    assert ("VERSION_NOT_NEXT" in rules(report)) == followed


@settings(deadline=None)
@given(index=st.integers(0, len(EVENTS) - 1))
async def test_a_dropped_event_is_named_though_the_rest_is_numbered_anew(index: int) -> None:
    kept = EVENTS[:index] + EVENTS[index + 1 :]
    events = [event._replace(position=place) for place, event in enumerate(kept, start=1)]
    report = await verified(events)
    assert report.first_bad_position == index + 1


@settings(deadline=None)
@given(index=st.integers(0, len(EVENTS) - 2))
async def test_an_inserted_event_is_named_by_its_position(index: int) -> None:
    more = chained(EVENTS[index]._replace(event_id=OTHER_ID))
    events = [*EVENTS[: index + 1], more, *EVENTS[index + 1 :]]
    report = await verified(events)
    assert report.first_bad_position == index + 1


@settings(deadline=None)
@given(index=st.integers(0, len(EVENTS) - 2))
async def test_two_events_that_change_places_are_named(index: int) -> None:
    first, second = EVENTS[index], EVENTS[index + 1]
    swapped = [second._replace(position=first.position), first._replace(position=second.position)]
    report = await verified([*EVENTS[:index], *swapped, *EVENTS[index + 2 :]])
    assert report.first_bad_position == index + 1


@settings(deadline=None)
@given(length=st.integers(0, len(EVENTS) - 1))
async def test_a_tail_that_was_cut_off_is_named(length: int) -> None:
    report = await verified(EVENTS[:length])
    assert report.first_bad_position is not None
    assert "REQUEST_BEYOND_LOG" in rules(report)
    streams_alone = await verified(EVENTS[:length], HEADS, requests_of(INTAKE, EVENTS[:length]))
    assert rules(streams_alone) & {"HEAD_DIFFERS", "HEAD_WITHOUT_EVENTS"}


async def test_a_tail_cut_off_with_its_traces_is_named_by_a_consumer_that_had_read_it() -> None:
    shorter = EVENTS[:-1]
    source = ListSource(
        INTAKE,
        shorter,
        heads_of(shorter),
        requests_of(INTAKE, shorter),
        [Follower("supervision", len(EVENTS)), Follower("judicial", 3)],
    )
    report = await verify_log(source)
    assert [finding.rule for finding in report.findings] == ["CURSOR_BEYOND_LOG"]
    assert "supervision" in report.findings[0].en


async def test_a_rewritten_event_with_a_new_hash_breaks_the_chain_after_it() -> None:
    index = next(e.position for e in EVENTS if e.stream == EVENTS[0].stream and e.version == 3) - 1
    events = list(EVENTS)
    events[index] = chained(events[index]._replace(occurred=events[index].occurred - timedelta(days=1)))
    report = await verified(events)
    follower = next(e for e in EVENTS if e.previous_hash == EVENTS[index].hash)
    assert report.first_bad_position == follower.position
    assert rules(report) == {"PREVIOUS_HASH_WRONG"}


async def test_a_rewritten_last_event_of_a_stream_differs_from_its_head() -> None:
    events = list(EVENTS)
    events[-1] = chained(events[-1]._replace(occurred=events[-1].occurred - timedelta(days=1)))
    report = await verified(events)
    assert (report.first_bad_position, rules(report)) == (len(EVENTS), {"HEAD_DIFFERS"})


async def test_two_swapped_streams_are_named() -> None:
    names = {EVENTS[0].stream: EVENTS[-1].stream, EVENTS[-1].stream: EVENTS[0].stream}
    events = [event._replace(stream=names.get(event.stream, event.stream)) for event in EVENTS]
    assert (await verified(events)).first_bad_position == 1


async def test_times_that_go_back_are_named_even_with_sound_hashes() -> None:
    last = chained(EVENTS[-1]._replace(recorded=EVENTS[0].recorded))
    report = await verified([*EVENTS[:-1], last], heads_of([*EVENTS[:-1], last]))
    assert rules(report) == {"RECORDED_TIME_WENT_BACK"}


async def test_an_unknown_type_and_unreadable_bytes_are_named() -> None:
    bent = {"type": "huiyin.intake.v1.Rumour"}, {"data": b"\xff\xff"}, {"meta": b"\xff\xff"}
    for change, rule in zip(bent, ("UNKNOWN_TYPE", "PAYLOAD_UNREADABLE", "METADATA_UNREADABLE"), strict=True):
        last = chained(EVENTS[-1]._replace(**change))  # type: ignore[arg-type] # one column each
        events = [*EVENTS[:-1], last]
        report = await verified(events, heads_of(events))
        assert (report.first_bad_position, rules(report)) == (len(EVENTS), {rule})


async def test_a_stream_missing_from_its_table_is_named() -> None:
    assert rules(await verified(EVENTS, HEADS[1:])) == {"HEAD_MISSING"}
    forged = StreamHead("petition-x", 3, 9, bytes(32))
    assert rules(await verified(EVENTS, [*HEADS, forged])) == {"HEAD_WITHOUT_EVENTS"}


async def test_events_that_no_request_or_two_requests_claim_are_named() -> None:
    report = await verified(EVENTS, requests=[*REQUESTS[:3], *REQUESTS[4:]])
    assert (report.first_bad_position, rules(report)) == (REQUESTS[3].first_position, {"REQUEST_MISSING"})
    assert rules(await verified(EVENTS, requests=REQUESTS[:-1])) == {"REQUEST_MISSING"}
    twice = [*REQUESTS[:4], *REQUESTS[3:]]
    assert rules(await verified(EVENTS, requests=twice)) == {"REQUEST_OVERLAP"}


class RefusingSource(ListSource):
    """A store that stops at a gap instead of reading over it."""

    async def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        yield EVENTS[:4]
        raise CorruptLogError("position 6 follows 4")


async def test_a_store_that_refuses_to_read_on_is_named_with_the_place() -> None:
    report = await verify_log(RefusingSource(INTAKE, EVENTS))
    assert [(finding.position, finding.rule) for finding in report.findings] == [(5, "SOURCE_BROKEN")]


async def test_findings_are_counted_without_bound_and_kept_up_to_one() -> None:
    report = await verified([event._replace(meta=b"") for event in EVENTS], kept_max=3)
    assert report.finding_count == len(EVENTS)
    assert [finding.position for finding in report.findings] == [1, 2, 3]


@settings(deadline=None)
@given(order=st.randoms(use_true_random=False))
async def test_the_order_of_independent_streams_is_never_a_finding(order: Any) -> None:
    """Whichever stream is written first, each keeps its own order: all such logs are sound."""
    queues = {stream: [e for e in EVENTS if e.stream == stream] for stream in {e.stream for e in EVENTS}}
    events: Events = []
    last: dict[str, bytes] = {}
    while queues:
        stream = order.choice(sorted(queues))
        event = queues[stream].pop(0)
        placed = event._replace(
            position=len(events) + 1,
            recorded=EVENTS[len(events)].recorded,
            previous_hash=last.get(stream, bytes(32)),
        )
        events.append(chained(placed))
        last[stream] = events[-1].hash
        queues = {name: queue for name, queue in queues.items() if queue}
    spans = [
        RequestSpan(entry_of(INTAKE, event).request_id, event.position, event.position) for event in events
    ]
    assert (await verified(events, heads_of(events), spans)).findings == ()


@settings(deadline=None)
@given(data=st.data())
async def test_any_random_tampering_is_found(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(EVENTS) - 1))
    column = data.draw(st.sampled_from(["stream", "type", "meta", "data", "hash", "previous_hash"]))
    value = getattr(EVENTS[index], column)
    values: st.SearchStrategy[Any] = st.text() if isinstance(value, str) else st.binary()
    other = data.draw(values)
    events = list(EVENTS)
    events[index] = events[index]._replace(**{column: other})
    report = await verified(events)
    assert report.first_bad_position == (None if other == value else index + 1)


def test_a_part_of_the_streams_is_in_memory_at_a_time() -> None:
    with spilled(len(EVENTS), part_rows=6) as spill:
        part = EventSlice(INTAKE, 200)
        part.take(map(hashed, EVENTS))
        part.close(spill, 0)
        spill.put(f"{INTAKE}.heads", 0, HEADS)
        judged = [verify_streams(INTAKE, spill, number, True) for number in range(spill.parts)]
    assert sum(count for count, _ in judged) == len(HEADS)
    assert max(count for count, _ in judged) < len(HEADS) - 1
    assert not any(findings.count for _, findings in judged)
