"""Judges what subscribers to cases were told: entries once, in their order, no effect before its cause."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from huiyin_audit.findings import AuditRule, Finding, FindingPlace
from huiyin_audit.history import History, HistoryEntry

TOLD_TWICE = AuditRule(
    "TOLD_TWICE",
    "订阅者 {subscriber} 不止一次收到事项 {case} 的第 {number} 条",
    "{subscriber} was told entry {number} of case {case} more than once",
)
TOLD_OUT_OF_ORDER = AuditRule(
    "TOLD_OUT_OF_ORDER",
    "订阅者 {subscriber} 在事项 {case} 的第 {before} 条之后收到第 {number} 条",
    "{subscriber} was told entry {number} of case {case} after entry {before}",
)
TOLD_BEFORE_ITS_CAUSE = AuditRule(
    "TOLD_BEFORE_ITS_CAUSE",
    "订阅者 {subscriber} 先收到结果，后收到它的原因 {cause}",
    "{subscriber} was told an effect before its cause {cause}",
)
TOLD_WHAT_IS_NOT = AuditRule(
    "TOLD_WHAT_IS_NOT",
    "订阅者 {subscriber} 收到的事件不在日志中",
    "{subscriber} was told an event that the log does not have there",
)
NOT_TOLD = AuditRule(
    "NOT_TOLD",
    "订阅者 {subscriber} 没有收到事项 {case} 的第 {number} 条",
    "{subscriber} was never told entry {number} of case {case}",
)


class Told(NamedTuple):
    """An entry as a subscriber was told it."""

    case_id: str
    number: int
    log: str
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Subscriber:
    """What one subscriber was told, in order of arrival; the entries (case, number) it is entitled to.

    `across_cases`: causes come first also where they are entries of another case. Over gRPC they do; on an
    agency's Kafka topic, which workers fill case by case, they do within each case.
    """

    name: str
    told: Sequence[Told]
    entitled: frozenset[tuple[str, int]]
    across_cases: bool = True


def findings(history: History, subscribers: Iterable[Subscriber]) -> list[Finding]:
    """Everything that is wrong with what subscribers were told (promise P7)."""
    return [finding for one in subscribers for finding in _of(history, one)]


def _of(history: History, subscriber: Subscriber) -> Iterator[Finding]:
    yield from _order(subscriber)
    yield from _existence(history, subscriber)
    yield from _causes(history, subscriber)
    told = {(one.case_id, one.number) for one in subscriber.told}
    for case, number in sorted(subscriber.entitled - told):
        yield NOT_TOLD.at(FindingPlace(""), subscriber=subscriber.name, case=case, number=number)


def _order(subscriber: Subscriber) -> Iterator[Finding]:
    """Numbers grow by one within a case: nobody is entitled to a part of a case's past only."""
    last: dict[str, int] = {}
    for one in subscriber.told:
        before, place = last.get(one.case_id, 0), FindingPlace(one.log, one.position)
        if one.number <= before:
            yield TOLD_TWICE.at(place, subscriber=subscriber.name, case=one.case_id, number=one.number)
        elif _passed_over(subscriber, one, before):
            yield TOLD_OUT_OF_ORDER.at(
                place, subscriber=subscriber.name, case=one.case_id, number=one.number, before=before
            )
        last[one.case_id] = max(before, one.number)


def _passed_over(subscriber: Subscriber, one: Told, before: int) -> bool:
    """Whether an entry that the subscriber is entitled to lies between the one before and this one."""
    return any((one.case_id, number) in subscriber.entitled for number in range(before + 1, one.number))


def _existence(history: History, subscriber: Subscriber) -> Iterator[Finding]:
    for one in subscriber.told:
        entry = history.by_position.get((one.log, one.position))
        if entry is None or entry.record.hash != one.hash or one.case_id not in entry.metadata.case_ids:
            yield TOLD_WHAT_IS_NOT.at(FindingPlace(one.log, one.position), subscriber=subscriber.name)


def _causes(history: History, subscriber: Subscriber) -> Iterator[Finding]:
    cases: dict[str, list[HistoryEntry]] = {}
    for one in subscriber.told:
        entry = history.by_position.get((one.log, one.position))
        if entry is not None:
            cases.setdefault("" if subscriber.across_cases else one.case_id, []).append(entry)
    for entries in cases.values():
        for entry, cause in _told_later(entries):
            yield TOLD_BEFORE_ITS_CAUSE.at(entry.place, subscriber=subscriber.name, cause=cause)


def _told_later(entries: Sequence[HistoryEntry]) -> Iterator[tuple[HistoryEntry, str]]:
    """Entries with a cause that comes after them, and not before them as well."""
    first: dict[tuple[str, str, int], int] = {}
    for place, entry in enumerate(entries):
        first.setdefault((entry.fact.log, entry.fact.stream, entry.fact.version), place)
    for place, entry in enumerate(entries):
        for cause in entry.fact.causes:
            if first.get((cause.log, cause.stream, cause.version), -1) > place:
                yield entry, f"{cause.log} {cause.stream} v{cause.version}"
