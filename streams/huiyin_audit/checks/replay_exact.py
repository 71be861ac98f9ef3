"""Promise P10, replay is exact: folding the log again gives the live read model, byte for byte."""

from collections.abc import Iterator, Mapping, Sequence

from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.reach import Reach, beyond
from huiyin_audit.verdict import Verdict, verdict

MISSING_LIVE = Rule(
    "MISSING_LIVE",
    "重放得到 {key}，现有读模型中没有",
    "replay gives {key}, which the live read model lacks",
)
ONLY_LIVE = Rule(
    "ONLY_LIVE",
    "现有读模型中有 {key}，重放得不到",
    "the live read model has {key}, which replay does not give",
)
STATE_DIFFERS = Rule(
    "STATE_DIFFERS",
    "{key} 与重放结果不同：自第 {offset} 字节起（现有 {live} 字节，重放 {replayed} 字节）",
    "{key} differs from replay from byte {offset} on ({live} bytes live, {replayed} replayed)",
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
        self._found.append(MISSING_LIVE.at(Place(self._model, 0, key), key=key))

    def only(self, key: str) -> None:
        """The live model has it, replay does not give it."""
        self._found.append(ONLY_LIVE.at(Place(self._model, 0, key), key=key))

    def differs(self, key: str, live: bytes, replayed: bytes) -> None:
        """Both have it, in different bytes."""
        facts = {"offset": _offset(live, replayed), "live": len(live), "replayed": len(replayed)}
        self._found.append(STATE_DIFFERS.at(Place(self._model, 0, key), key=key, **facts))

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
