"""The metrics of the processes, and what they say of readers, relays, timeline, exchange and workers."""

import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.error import URLError

from prometheus_client.parser import text_string_to_metric_families

from huiyin_cli.status.report import (
    ClockState,
    ExchangeState,
    ReaderState,
    RelayState,
    TimelineState,
    WorkerState,
)

ANSWER_SECONDS = 3.0
BYTES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of one process."""

    process: str
    name: str
    labels: Mapping[str, str]
    value: float


class Samples:
    """All numbers of all processes that answered."""

    def __init__(self, samples: Iterable[Sample], answered: Iterable[str]) -> None:
        self._by_name: dict[str, list[Sample]] = {}
        self.answered = frozenset(answered)
        for sample in samples:
            self._by_name.setdefault(sample.name.removeprefix("huiyin_"), []).append(sample)

    def of(self, name: str) -> list[Sample]:
        """Every sample of a metric, named without its prefix."""
        return self._by_name.get(name, [])

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the one sample with these labels (process among them); None when there is none."""
        for sample in self.of(name):
            if all({**sample.labels, "process": sample.process}[key] == labels[key] for key in labels):
                return sample.value
        return None


def read_samples(ports: Mapping[str, int]) -> Samples:
    """Asks every process; those that do not answer are missing from `answered`."""
    found: list[Sample] = []
    answered: list[str] = []
    for process, port in ports.items():
        try:
            found += samples_in(process, _page(port))
        except (URLError, OSError, ValueError):  # it is down, or something else has its port
            continue
        answered.append(process)
    return Samples(found, answered)


def samples_in(process: str, page: str) -> Iterator[Sample]:
    """The platform's own samples of a page."""
    for family in text_string_to_metric_families(page):
        if family.name.startswith("huiyin_"):
            for sample in family.samples:
                yield Sample(process, sample.name, sample.labels, sample.value)


def _page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=ANSWER_SECONDS) as answer:
        text: str = answer.read(BYTES_MAX).decode()
    return text


FOLDS = "streams-folds"
"""The process that makes the timeline."""


def readers(samples: Samples, ends: Mapping[str, int]) -> list[ReaderState]:
    """Every reader of a log; `ends` are the ends of the logs that could be read."""
    found = []
    for sample in samples.of("consumer_position"):
        log, position = sample.labels["log"], int(sample.value)
        here = {**sample.labels, "process": sample.process}
        behind = max(0, ends[log] - position) if log in ends else None
        found.append(
            ReaderState(
                consumer=sample.labels["consumer"],
                log=log,
                process=sample.process,
                position=position,
                lag_seconds=samples.value("consumer_lag_seconds", **here) or 0.0,
                silence_seconds=samples.value("consumer_silence_seconds", **here) or 0.0,
                behind_count=behind,
            )
        )
    return sorted(found, key=lambda reader: (reader.consumer, reader.log, reader.process))


def relays(samples: Samples) -> list[RelayState]:
    """Every source of the relay, and who holds its lease."""
    holders = {s.labels["source"]: s.process for s in samples.of("relay_active") if s.value}
    sources = sorted({sample.labels["source"] for sample in samples.of("relay_active")})
    return [_relay(samples, source, holders.get(source, "")) for source in sources]


def _relay(samples: Samples, source: str, holder: str) -> RelayState:
    epoch = samples.value("relay_lease_epoch", source=source, process=holder)
    at = samples.value("consumer_position", consumer="relay", log=source, process=holder)
    return RelayState(source, holder, int(epoch or 0), None if at is None else int(at))


def timeline(samples: Samples) -> TimelineState | None:
    """The timeline, where a process keeps one."""
    sequence = samples.value("timeline_sequence", process=FOLDS)
    if not sequence:
        return None
    return TimelineState(
        sequence=int(sequence),
        held_count=int(samples.value("timeline_held", process=FOLDS) or 0),
        held_seconds=samples.value("timeline_held_seconds", process=FOLDS) or 0.0,
        alarm=bool(samples.value("timeline_alarm", process=FOLDS)),
    )


def exchange(samples: Samples) -> ExchangeState | None:
    """The agency inbox, where a process keeps one."""
    if "exchange" not in samples.answered:
        return None
    in_flight = sum(sample.value for sample in samples.of("exchange_in_flight"))
    waiting = {s.labels["agency"]: int(s.value) for s in samples.of("exchange_waiting") if s.value}
    return ExchangeState(int(in_flight), waiting)


def clocks(samples: Samples) -> list[ClockState]:
    """The machine's clock as each process finds it that compares it."""
    processes = dict.fromkeys(one.process for one in samples.of("machine_clock_ahead_seconds"))
    return [_clock(samples, process) for process in processes]


def _clock(samples: Samples, process: str) -> ClockState:
    found = [one for one in samples.of("machine_clock_ahead_seconds") if one.process == process]
    doubted = bool(samples.value("machine_clock_doubted", process=process))
    return ClockState(process, doubted, {one.labels["against"]: one.value for one in found})


def workers(samples: Samples) -> list[WorkerState]:
    """Every stream worker in every process."""
    return [
        WorkerState(
            worker=sample.labels["worker"],
            process=sample.process,
            handled_count=int(sample.value),
            dead_count=int(
                samples.value("worker_dead_total", worker=sample.labels["worker"], process=sample.process)
                or 0
            ),
            lag={
                lag.labels["topic"]: int(lag.value)
                for lag in samples.of("worker_lag")
                if (lag.process, lag.labels["worker"]) == (sample.process, sample.labels["worker"])
            },
        )
        for sample in samples.of("worker_handled_total")
    ]
