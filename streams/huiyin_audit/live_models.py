"""Live models beside a replay (promise P10): what differs, and what cannot be compared or was set aside."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection, Error, errors, sql

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Reach, Verdict, beyond, verdict
from huiyin_audit.replay import ReplayedFold, Unfolded
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.clocks.record import ClockFold

MISSING_LIVE = AuditRule(
    "MISSING_LIVE",
    "重放得到 {key}，现有读模型中没有",
    "replay gives {key}, which the live read model lacks",
)
ONLY_LIVE = AuditRule(
    "ONLY_LIVE",
    "现有读模型中有 {key}，重放得不到",
    "the live read model has {key}, which replay does not give",
)
STATE_DIFFERS = AuditRule(
    "STATE_DIFFERS",
    "{key} 与重放结果不同：自第 {offset} 字节起（现有 {live} 字节，重放 {replayed} 字节）",
    "{key} differs from replay from byte {offset} on ({live} bytes live, {replayed} replayed)",
)

SUM_DIFFERS = AuditRule(
    "SUM_DIFFERS",
    "{key} 记为 {kept}，而所汇总的各行给出 {given}",
    "{key} is kept as {kept}, while the rows that it is added up from give {given}",
)


def promise(model: str) -> str:
    """What is said to hold of a live model."""
    return f"P10 replay is exact: {model}"


def compare(
    model: str,
    live: Mapping[str, bytes],
    replayed: Mapping[str, bytes],
    reach: Sequence[Reach] = (),
    known: Sequence[Finding] = (),
) -> Verdict:
    """Names every key in which the two differ, in either direction, after what was known before.

    `reach` is how far the live model says it has come; one that is not at the ends of the logs is behind,
    however exact it is up to there: an emptied view is equal to a fold of nothing.
    """
    differences = Differences(model)
    rows = SortedRows(iter(sorted(replayed.items())), differences)
    for key in sorted(live):
        rows.take(key, live[key])
    rows.end()
    return differences.verdict(reach, known)


class Differences:
    """What is found in the tables of one live model."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._found: list[Finding] = []

    def missing(self, key: str) -> None:
        """Replay gives it, the live model lacks it."""
        self._found.append(MISSING_LIVE.at(FindingPlace(self._model, 0, key), key=key))

    def only(self, key: str) -> None:
        """The live model has it, replay does not give it."""
        self._found.append(ONLY_LIVE.at(FindingPlace(self._model, 0, key), key=key))

    def differs(self, key: str, live: bytes, replayed: bytes) -> None:
        """Both have it, in different bytes."""
        facts = {"offset": _offset(live, replayed), "live": len(live), "replayed": len(replayed)}
        self._found.append(STATE_DIFFERS.at(FindingPlace(self._model, 0, key), key=key, **facts))

    def not_the_sum(self, key: str, kept: str, given: str) -> None:
        """What is kept of rows is not what they give."""
        self._found.append(SUM_DIFFERS.at(FindingPlace(self._model, 0, key), key=key, kept=kept, given=given))

    def verdict(self, reach: Sequence[Reach], known: Sequence[Finding]) -> Verdict:
        """What was known before comes first, then the differences by key."""
        found = sorted(self._found, key=lambda finding: finding.stream)
        return verdict(promise(self._model), [*beyond(self._model, reach), *known, *found], (), reach)


class SortedRows:
    """The rows of one table, made again, by key; live ones are held against them in the same order."""

    def __init__(self, made: Iterator[tuple[str, bytes]], differences: Differences) -> None:
        self._made, self._differences = made, differences
        self._next = next(made, None)

    def take(self, key: str, live: bytes) -> None:
        """The next live row."""
        while self._next is not None and self._next[0] < key:
            self._pass_missing(self._next[0])
        if self._next is None or self._next[0] != key:
            self._differences.only(key)
            return
        if self._next[1] != live:
            self._differences.differs(key, live, self._next[1])
        self._next = next(self._made, None)

    def end(self) -> None:
        """There are no more live rows."""
        while self._next is not None:
            self._pass_missing(self._next[0])

    def _pass_missing(self, key: str) -> None:
        self._differences.missing(key)
        self._next = next(self._made, None)


def _offset(first: bytes, second: bytes) -> int:
    """The first byte in which they differ; the shorter one's length when one begins the other."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))


READ_MODELS: tuple[tuple[str, tuple[ReplayedFold[Any], ...]], ...] = (
    ("streams", (CaseFold(),)),
    ("supervision", (ClockFold(),)),
)
"""Schema and folds."""


VIEW_UNREADABLE = AuditRule(
    "VIEW_UNREADABLE",
    "现有视图无法读取：{error}",
    "the live view cannot be read: {error}",
)

UNREADABLE = (errors.UndefinedTable, errors.UndefinedColumn, errors.InsufficientPrivilege)
"""What the database says of it."""


def unreadable(model: str, error: Error, reach: Sequence[Reach]) -> Verdict:
    """The verdict on such a model."""
    return verdict(promise(model), [finding_of(model, error)], (), reach)


def finding_of(view: str, error: Error) -> Finding:
    """The same as a finding."""
    return VIEW_UNREADABLE.at(FindingPlace(view), error=error.diag.message_primary)


CASE_SET_ASIDE = AuditRule(
    "CASE_SET_ASIDE",
    "{model} 已将 {key} 搁置：其后的事件在等待，见死信",
    "{model} has set {key} aside: its later events wait, see the dead letters",
)
EVENT_NOT_FOLDED = AuditRule(
    "EVENT_NOT_FOLDED",
    "{model} 无法将此事件折入 {key}：{error}",
    "{model} cannot fold this event into {key}: {error}",
)

_ASIDE = "SELECT DISTINCT key FROM {}.fold_waiting WHERE model = %s ORDER BY key"


async def cases_aside(connection: AsyncConnection[Any], schema: str, model: str) -> list[Finding]:
    """The cases that a live model has set aside."""
    query = sql.SQL(_ASIDE).format(sql.Identifier(schema))
    try:
        async with connection.transaction():
            rows = await (await connection.execute(query, (model,))).fetchall()
    except UNREADABLE:
        return []  # a database of before there was such a table
    return [CASE_SET_ASIDE.at(FindingPlace(model, 0, key), model=model, key=key) for (key,) in rows]


def not_folded(model: str, unfolded: Mapping[str, Unfolded]) -> Iterator[Finding]:
    """What a fold could not take, by key."""
    for key, (place, error) in unfolded.items():
        yield EVENT_NOT_FOLDED.at(place, model=model, key=key, error=f"{type(error).__name__}: {error}")


PROMISE = "P14 nothing accepted stops anything"
KEEPERS = ("intake", "reception", "judicial", "supervision", "streams")
"""The services that set aside what they could not take themselves; agencies' messages have receipts."""

SET_ASIDE = AuditRule(
    "SET_ASIDE",
    "{consumer} 未能处理此处的事件，相关事项已搁置：{cause}",
    "{consumer} could not take what stands here, and set it aside: {cause}",
)
LETTERS_UNREADABLE = AuditRule(
    "LETTERS_UNREADABLE",
    "{keeper} 的死信无法读取：{error}",
    "the dead letters of {keeper} cannot be read: {error}",
)

_OPEN = "SELECT letter FROM {}.dead_letter WHERE state < 3 ORDER BY sequence"


async def nothing_set_aside(dsn: str, logs: Sequence[str]) -> Verdict:
    """Whether anything waits to be driven again, of whatever log; while it does, the question is open."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        found = [finding for keeper in KEEPERS for finding in await _of(connection, keeper)]
    return verdict(PROMISE, (), found)


async def _of(connection: AsyncConnection[tuple[bytes]], keeper: str) -> list[Finding]:
    query = sql.SQL(_OPEN).format(sql.Identifier(keeper))
    try:
        rows = await (await connection.execute(query)).fetchall()
    except psycopg.ProgrammingError as error:
        said = error.diag.message_primary
        return [LETTERS_UNREADABLE.at(FindingPlace(keeper), keeper=keeper, error=said)]
    return [_finding(DeadLetter.FromString(data)) for (data,) in rows]


def _finding(letter: DeadLetter) -> Finding:
    return SET_ASIDE.at(
        FindingPlace(letter.log, letter.position), consumer=letter.consumer, cause=letter.cause
    )
