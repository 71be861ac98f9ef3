"""What telemetry costs on the hot paths, in ns of the processor, beside a bare call of a Python function."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.rpc.call_telemetry import MethodWatch
from huiyin_kernel.telemetry.counts import AppendMetrics, FoldCounts, Following, InboxCounts
from huiyin_kernel.telemetry.traces import current_traceparent
from huiyin_store.port import Appended
from tests.bench.harness import ROUNDS, Record, compared

CALLS = 20_000
BATCH = 100
LOG = "bench@990000"


def measure() -> Iterator[Record]:
    """Each helper as the hot path calls it: for an event, for an event of a batch of 100, for a call."""
    for name, (call, events) in _paths().items():
        pairs = [(_nanoseconds(call) / events, _nanoseconds(_bare)) for _ in range(ROUNDS)]
        yield compared(f"telemetry: {name}", "ns", "a bare call", pairs)


def _paths() -> dict[str, tuple[Callable[[], object], int]]:
    return {
        "event read": (_reading(), 1),
        "event reacted to": (_reacting(), 1),
        "event folded": (_folding(), BATCH),
        "append": (_appending(), BATCH),
        "trace of an event": (current_traceparent, 1),
        "call": (_answering(), 1),
    }


def _reading() -> Callable[[], object]:
    following = Following("bench", LOG)

    def read() -> None:
        following.heard(1, 1.0)
        following.done(1)

    return read


def _reacting() -> Callable[[], object]:
    counts, event = InboxCounts("bench-inbox", LOG), Event(type="huiyin.intake.v1.PetitionRegistered")

    def react() -> None:
        with counts.reaction(event):
            pass

    return react


def _folding() -> Callable[[], object]:
    counts, events = FoldCounts("bench"), [Event()] * BATCH
    counts.begin({LOG: 0}, lambda: 0)
    return lambda: counts.batch(events)({LOG: BATCH})


def _appending() -> Callable[[], object]:
    counts = AppendMetrics(LOG, "bench")
    outcomes = [Appended((), 1, 1, None, False)] * BATCH  # type: ignore[arg-type] # nobody looks at the time
    return lambda: counts.written(outcomes, 0.001, BATCH)


def _answering() -> Callable[[], object]:
    watch, context = (
        MethodWatch("bench.Service/Bench", "unary"),
        SimpleNamespace(invocation_metadata=lambda: ()),
    )

    def answer() -> None:
        with watch.call(context) as call:
            call.answered()

    return answer


def _bare() -> None:
    return None


def _nanoseconds(call: Callable[[], object]) -> float:
    begun = time.thread_time_ns()
    for _ in range(CALLS):
        call()
    return (time.thread_time_ns() - begun) / CALLS
