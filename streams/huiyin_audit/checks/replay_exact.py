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
    found = [*beyond(model, reach), *known, *_differences(model, live, replayed)]
    return verdict(promise(model), found, (), reach)


def _differences(model: str, live: Mapping[str, bytes], replayed: Mapping[str, bytes]) -> Iterator[Finding]:
    for key in sorted(live.keys() | replayed.keys()):
        place = Place(model, 0, key)
        if key not in live:
            yield MISSING_LIVE.at(place, key=key)
        elif key not in replayed:
            yield ONLY_LIVE.at(place, key=key)
        elif live[key] != replayed[key]:
            sizes = {"live": len(live[key]), "replayed": len(replayed[key])}
            yield STATE_DIFFERS.at(place, key=key, offset=_offset(live[key], replayed[key]), **sizes)


def _offset(first: bytes, second: bytes) -> int:
    """The first byte in which they differ; the shorter one's length when one begins the other."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))
