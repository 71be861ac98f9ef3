"""What was found, and what of it is wrong. Pure: the same findings give the same verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

LATE_SECONDS = 30.0
"""An event that a reader has had in hand for longer than this is late."""
SILENT_SECONDS = 30.0
"""A source that gave no sign of life for longer than this is lost; it gives one every few seconds."""
RESTARTS_MANY, STEADY_SECONDS = 3, 60.0
"""A process that was started again so often, and lately, cannot do its work."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process. `serving` and `measured` are None where there is nothing to ask."""

    name: str
    running: bool
    pid: int | None = None
    started_time: datetime | None = None
    restart_count: int = 0
    serving: bool | None = None
    measured: bool | None = None
    up_seconds: float | None = None

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if not self.running:
            yield f"{self.name} 没有运行 · {self.name} does not run"
        elif self.serving is False:
            yield f"{self.name} 没有应答 · {self.name} does not answer"
        elif self.restart_count >= RESTARTS_MANY and (self.up_seconds or 0) < STEADY_SECONDS:
            count = self.restart_count
            yield f"{self.name} 反复停止，已重启 {count} 次 · {self.name} keeps ending: {count} restarts"
        elif self.measured is False:
            yield f"{self.name} 不给出指标 · {self.name} shows no metrics"


@dataclass(frozen=True, slots=True)
class LogState:
    """The end of one log; `position` is None where nobody could say."""

    log: str
    position: int | None
    recorded_time: datetime | None = None

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if self.position is None:
            yield f"日志 {self.log} 无法读取 · the log {self.log} cannot be read"


@dataclass(frozen=True, slots=True)
class ReaderState:
    """How far one reader of a log has come: an inbox, a fold, the timeline, the relay."""

    consumer: str
    log: str
    process: str
    position: int
    lag_seconds: float
    silence_seconds: float
    behind_count: int | None = None

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        who = f"{self.consumer} < {self.log}"
        if self.lag_seconds > LATE_SECONDS:
            yield f"{who} 落后 {self.lag_seconds:.0f} 秒 · is {self.lag_seconds:.0f} s behind"
        elif self.silence_seconds > SILENT_SECONDS:
            silence = f"{self.silence_seconds:.0f}"
            yield f"{who} 已 {silence} 秒没有消息 · has heard nothing for {silence} s"


@dataclass(frozen=True, slots=True)
class RelayState:
    """One source of the relay; `process` holds its lease, empty when none does, and has come so far."""

    source: str
    process: str
    epoch: int
    position: int | None

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if not self.process:
            yield f"{self.source} 没有中继 · no relay holds the lease of {self.source}"
        elif self.position is None:
            yield f"{self.process} 未能发布 {self.source} · {self.process} does not publish {self.source}"


@dataclass(frozen=True, slots=True)
class TimelineState:
    """The timeline of cases."""

    sequence: int
    held_count: int
    held_seconds: float
    alarm: bool

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if self.alarm:
            held = f"{self.held_seconds:.0f}"
            yield f"时间线有事件等待其原因已 {held} 秒 · an event waits for its cause for {held} s"


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """The agency inbox: messages read and not yet answered, and not yet read by agency."""

    in_flight_count: int
    waiting: dict[str, int]

    def wrong(self) -> Iterator[str]:
        """Nothing: how long messages wait is seen by its readers."""
        yield from ()


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One stream worker in one process."""

    worker: str
    process: str
    handled_count: int
    dead_count: int
    lag: dict[str, int]

    def wrong(self) -> Iterator[str]:
        """Nothing: what it gave up is counted with the dead letters."""
        yield from ()


@dataclass(frozen=True, slots=True)
class KafkaState:
    """The brokers."""

    broker_count: int
    expected_count: int
    under_replicated: tuple[str, ...] = ()
    said: str = ""

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if self.broker_count < self.expected_count:
            up = f"{self.broker_count}/{self.expected_count}"
            yield f"Kafka 只有 {up} 个节点 · only {up} brokers are up {self.said}".rstrip()
        if self.under_replicated:
            count, first = len(self.under_replicated), self.under_replicated[0]
            yield f"{count} 个分区副本不足 · partitions lack replicas: {count}, such as {first}"


@dataclass(frozen=True, slots=True)
class DeadLetterState:
    """What one service gave up and keeps aside; `count` is None where nobody could say."""

    service: str
    count: int | None

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if self.count:
            yield (
                f"{self.service} 有 {self.count} 封死信 · dead letters: {self.count};"
                " 见 see `huiyin dead-letters list`"
            )


@dataclass(frozen=True, slots=True)
class ClockState:
    """The machine's clock as one process found it: how far it is ahead of others, in seconds."""

    process: str
    doubted: bool
    ahead_seconds: dict[str, float]

    def wrong(self) -> Iterator[str]:
        """Sentences."""
        if self.doubted:
            against, ahead = max(self.ahead_seconds.items(), key=lambda one: abs(one[1]))
            zh, en = _AGAINST[against]
            yield (
                f"{self.process} 的时钟与{zh}相差 {ahead:+.0f} 秒，暂不记录逾期 · its clock differs from {en}"
                f" by {ahead:+.0f} s: no lateness is recorded"
            )


_AGAINST = {
    "database": ("数据库", "the database's"),
    "log": ("日志末尾的记录时间", "the last recorded time of its log"),
    "reference": ("时间服务器", "the time server's"),
}


Part = (
    ProcessState
    | LogState
    | ReaderState
    | RelayState
    | TimelineState
    | ExchangeState
    | WorkerState
    | KafkaState
    | DeadLetterState
    | ClockState
)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that was found."""

    asked_time: datetime
    cluster: bool
    processes: Sequence[ProcessState] = ()
    logs: Sequence[LogState] = ()
    readers: Sequence[ReaderState] = ()
    relays: Sequence[RelayState] = ()
    timeline: TimelineState | None = None
    exchange: ExchangeState | None = None
    workers: Sequence[WorkerState] = ()
    kafka: KafkaState | None = None
    dead_letters: Sequence[DeadLetterState] = field(default=())
    clocks: Sequence[ClockState] = ()

    def parts(self) -> Iterator[Part]:
        """All of it, one by one."""
        yield from self.processes
        yield from self.logs
        yield from self.readers
        yield from self.relays
        yield from self.workers
        yield from (part for part in (self.timeline, self.exchange, self.kafka) if part is not None)
        yield from self.dead_letters
        yield from self.clocks

    def wrong(self) -> list[str]:
        """A sentence for everything that is wrong."""
        return [sentence for part in self.parts() for sentence in part.wrong()]
