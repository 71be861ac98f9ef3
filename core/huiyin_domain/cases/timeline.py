"""The order in which a case's events of several logs are told: causes first, each log in its own order."""

from collections import deque
from collections.abc import Iterable, Sequence

from huiyin_domain.decider import Fact


def causal_order(facts: Iterable[Fact]) -> list[Fact]:
    """The facts of a case in one order, the same for any order they come in; each event once.

    A fact comes after the facts it names as causes, as far as they are among these; facts of one log keep
    their positions; between facts that are free to come next, the earlier recorded one comes first. Causes
    that contradict each other (a caller claims to have seen what came later) cannot be kept: then the
    recorded time decides, for a case is always shown whole.
    """
    logs = _by_log(facts)
    waiting = _versions(logs)
    ordered: list[Fact] = []
    while heads := [log[0] for log in logs if log]:
        free = [fact for fact in heads if _is_free(fact, waiting)]
        fact = min(free or heads, key=_place)
        ordered.append(fact)
        waiting[fact.stream].popleft()
        next(log for log in logs if log and log[0] is fact).popleft()
    return ordered


def _by_log(facts: Iterable[Fact]) -> Sequence[deque[Fact]]:
    once = {(fact.log, fact.position): fact for fact in facts}
    logs: dict[str, deque[Fact]] = {}
    for (log, _), fact in sorted(once.items()):
        logs.setdefault(log, deque()).append(fact)
    return list(logs.values())


def _versions(logs: Iterable[Iterable[Fact]]) -> dict[str, deque[int]]:
    """The versions of each stream that are still to come, lowest first."""
    versions: dict[str, deque[int]] = {}
    for log in logs:
        for fact in log:
            versions.setdefault(fact.stream, deque()).append(fact.version)
    return versions


def _is_free(fact: Fact, waiting: dict[str, deque[int]]) -> bool:
    """True when nothing that it depends on is still to come."""
    for cause in fact.causes:
        versions = waiting.get(cause.stream)
        if cause.stream != fact.stream and versions and versions[0] <= cause.version:
            return False
    return True


def _place(fact: Fact) -> tuple[object, ...]:
    return fact.recorded, fact.log, fact.position
