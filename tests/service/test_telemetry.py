"""One trace joins what follows from a call; logs, spans and metrics of real traffic name no person."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import generate_latest

from huiyin.cases.v1.service_pb2 import GetProgressRequest
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry.logs import formatter
from huiyin_kernel.telemetry.metrics import REGISTRY
from huiyin_kernel.telemetry.trace_export import start_tracing
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.mainjob.lives import late, split
from tests.mainjob.meetings import together
from tests.support.calling import DIRECTORY, filing, log_sizes, person, refusal, text
from tests.support.courses import begun
from tests.support.platform import Platform, eventually, running
from tests.support.searching import found_in
from tests.support.tracing import (
    CALLER,
    TRACE,
    TracedDesk,
    WrittenSpan,
    all_events,
    loose_ends,
    written_spans,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = {
    "name": "欧阳紫菱（测试）",
    "identity_number": "990101199001019990",
    "phone": "13900990017",
    "address": "示例县甲街道梧桐路七号楼二单元",
    "contact": "ouyang.test@example.org",
}
CONTENT = "梧桐路路灯三个月不亮，请尽快修理"
VALUES = (*PERSON.values(), CONTENT)


@dataclass(frozen=True)
class Ran:
    """A platform after a run of traced calls, and everything that it told."""

    platform: Platform
    events: list[Event]
    spans: list[WrittenSpan]
    told: dict[str, bytes]


@pytest.fixture(scope="module")
def logged() -> Iterator[io.StringIO]:
    """Every line that the platform logs, at the lowest level, as a process writes it."""
    out, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(out), root.level
    handler.setFormatter(formatter("tests"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def file(home: Path) -> Iterator[Path]:
    """Where this process writes its spans."""
    stop = start_tracing("tests", Settings(home=home, traces_file="traces.jsonl"))
    yield home / "traces.jsonl"
    stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ran(
    postgres_server: EmbeddedPostgres, home: Path, logged: io.StringIO, file: Path
) -> AsyncIterator[Ran]:
    """Cases through a meeting, litigation and a lateness, every call of theirs under one traceparent."""
    async with running(postgres_server.admin_dsn, home) as platform:
        async with Desks(platform.settings, DIRECTORY, TracedDesk) as desks:
            said = {"petitioner": person(**PERSON), "content": text(CONTENT)}
            lives = [await begun(desks, **said) for _ in range(4)]
            await asyncio.gather(together(lives[0], lives[1]), split(lives[2]), late(lives[3]))
            client = (await desks.named("auditor")).client
            await refusal(client.intake.RegisterPetition(filing(petitioner=person(**PERSON), division="1")))
            await eventually(lambda: _folded(file), "the events are folded")
            events = await all_events(client)
        yield Ran(platform, events, written_spans(file), _told(logged, file))


def _told(logged: io.StringIO, file: Path) -> dict[str, bytes]:
    lines, metrics = logged.getvalue().encode(), generate_latest(REGISTRY)
    return {"log": lines, "spans": file.read_bytes(), "metrics": metrics}


async def _folded(file: Path) -> bool:
    return any(span.name == "streams-case fold" for span in written_spans(file))


async def test_every_event_hangs_on_a_span_and_a_reaction_on_what_caused_it(ran: Ran) -> None:
    assert loose_ends(ran.events, ran.spans) == []
    caused = [event.type for event in ran.events if event.metadata.actor.agency.endswith("-inbox")]
    assert {name.rpartition(".")[2] for name in caused} >= {"ResolutionItemApplied", "ItemSettled"}


@pytest.mark.parametrize(
    "planted",
    [f"00-{TRACE}-{'1' * 16}-01", f"00-{'1' * 32}-{'1' * 16}-01", ""],
    ids=["no span", "another trace", "no trace"],
)
async def test_an_event_that_does_not_join_up_is_found(ran: Ran, planted: str) -> None:
    events = [Event.FromString(event.SerializeToString()) for event in ran.events]
    applied = next(event for event in events if event.type.endswith(".ResolutionItemApplied"))
    applied.metadata.trace_parent = planted
    assert any("ResolutionItemApplied" in loose for loose in loose_ends(events, ran.spans))


async def test_a_reaction_to_a_reaction_stands_in_the_callers_trace(ran: Ran) -> None:
    by_id = {span.span_id: span for span in ran.spans}
    settled = next(event for event in ran.events if event.type.endswith(".ItemSettled"))
    chain, at = [], settled.metadata.trace_parent[36:52]
    while at in by_id:
        chain.append(by_id[at].name)
        at = by_id[at].parent_id
    assert chain == [
        "reception-inbox ResolutionItemApplied",
        "intake-inbox ResolutionBound",
        "huiyin.reception.v1.ReceptionService/BindResolution",
    ]
    assert at == CALLER


async def test_a_call_made_for_a_call_is_below_it(ran: Ran) -> None:
    convening = {s.span_id for s in ran.spans if s.name.endswith("ReceptionService/ConveneMeeting")}
    called = {span.name for span in ran.spans if span.parent_id in convening and "Service/" in span.name}
    assert called == {"huiyin.intake.v1.IntakeService/GetStandings"}


COUNTED = {
    "appends_total": {"log": "intake@990000", "outcome": "appended"},
    "append_batch_appends_count": {"log": "intake@990000"},
    "log_position": {"log": "reception@990000"},
    "rpc_seconds_count": {"method": "huiyin.intake.v1.IntakeService/RegisterPetition", "code": "OK"},
    "refusals_total": {"reason": "AUDIT_BODY"},
    "subscription_items_total": {"source": "intake@990000"},
    "consumer_position": {"consumer": "intake-inbox", "log": "reception@990000"},
    "inbox_seconds_count": {"consumer": "reception-inbox", "log": "intake@990000"},
    "fold_batch_events_sum": {"fold": "streams-case"},
    "clock_events_total": {"kind": "passed"},
    "vault_sealed_total": {},
    "vault_keys_made_total": {},
}


@pytest.mark.parametrize("name, labels", COUNTED.items(), ids=COUNTED.keys())
async def test_what_happened_is_counted(ran: Ran, name: str, labels: dict[str, str]) -> None:
    async def counted() -> bool:
        return (REGISTRY.get_sample_value(f"huiyin_{name}", labels) or 0) > 0

    await eventually(counted, f"{name} is counted")


async def test_the_progress_of_a_fold_says_how_far_its_logs_are(ran: Ran) -> None:
    async with ran.platform.client("auditor") as client:
        ends = await log_sizes(client)

        async def heard() -> bool:
            logs = (await client.cases.GetProgress(GetProgressRequest())).logs
            return {log.log: log.log_position for log in logs} == {
                log: end for log, end in ends.items() if end
            }

        await eventually(heard, "the fold hears of the ends of its logs")


async def test_what_the_platform_tells_of_itself_names_no_person(ran: Ran) -> None:
    assert {name: found_in(blob, VALUES) for name, blob in ran.told.items()} == {
        "log": set(),
        "spans": set(),
        "metrics": set(),
    }
    assert b"serves on" in ran.told["log"]
    assert b"RegisterPetition" in ran.told["spans"]
    assert b"huiyin_refusals_total" in ran.told["metrics"]


@pytest.mark.parametrize("field", ["phone", "identity_number", "contact"])
async def test_a_value_that_a_line_would_tell_is_blacked_out(
    ran: Ran, logged: io.StringIO, field: str
) -> None:
    begun_at = logged.tell()
    logging.getLogger("tests.planted").error(
        "cannot reach %s", PERSON[field], extra={"reason": PERSON[field]}
    )
    assert found_in(logged.getvalue()[begun_at:].encode(), VALUES) == set()


async def test_a_name_that_a_line_tells_is_found_by_the_search(ran: Ran, logged: io.StringIO) -> None:
    begun_at = logged.tell()
    logging.getLogger("tests.planted").error("cannot find %s", PERSON["name"])
    found = found_in(logged.getvalue()[begun_at:].encode(), VALUES)
    assert (PERSON["name"], "utf-8") in found
