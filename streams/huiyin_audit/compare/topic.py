"""One topic judged against the rows that its records are made of; pure, and tested by planted differences."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from huiyin_audit.compare import report
from huiyin_audit.findings import AuditRule, FindingPlace, Findings
from huiyin_kafka.wire import PARKED, parked_record
from huiyin_kernel.arrived import Headers, Place, Record


class SeenPositions:
    """Which positions were seen; `last` is the highest of them."""

    def __init__(self, end: int) -> None:
        self.end, self.last = end, 0
        self._bits = bytearray(end // 8 + 1)

    def has(self, position: int) -> bool:
        """Whether it was added. Raises IndexError beyond the end."""
        return bool(self._bits[position >> 3] & (1 << (position & 7)))

    def add(self, position: int) -> None:
        """Adds one. Raises IndexError beyond the end."""
        self._bits[position >> 3] |= 1 << (position & 7)
        self.last = max(self.last, position)

    def gaps(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Runs of positions between two that were not added, never beyond the end."""
        begun = 0
        position, last = first, min(last, self.end)
        while position <= last:
            if position & 7 == 0 and self._bits[position >> 3] == 0xFF and not begun:
                position += 8  # eight that were all seen
                continue
            if self.has(position):
                if begun:
                    yield begun, position - 1
                begun = 0
            else:
                begun = begun or position
            position += 1
        if begun:
            yield begun, last


PartitionOf = Callable[[bytes], int]
"""In which partition a key belongs."""


class TopicJudge:
    """Takes a topic's records partition by partition, each in its order; then says what is not there.

    `end` is the store's last position, `cursor` up to which publishing is marked. `once`: repeats are
    differences too. Memory grows by a bit for each position and by the keys of one partition.
    """

    def __init__(
        self, source: str, end: int, partition_of: PartitionOf, findings: Findings, *, once: bool = False
    ) -> None:
        self._source, self._partition_of, self._findings = source, partition_of, findings
        self._once = once
        self._seen, self._parked = SeenPositions(end), dict[int, Place]()
        self._latest: dict[bytes, int] = {}
        self._partition = -1
        self.record_count = self.repeat_count = 0

    def claimed(self, records: Sequence[tuple[Place, Record]]) -> list[int]:
        """The positions that these records say they have: whose rows `take` needs."""
        found = (position_of(self._source, record) for _, record in records)
        return [position for position in found if isinstance(position, int)]

    def take(self, records: Sequence[tuple[Place, Record]], expected: Mapping[int, Record]) -> None:
        """Judges the next records of a partition by the records that the store's rows give."""
        for place, record in records:
            if place.partition != self._partition:
                self._partition, self._latest = place.partition, {}
            self.record_count += 1
            self._judge(place, record, expected)

    def _judge(self, place: Place, record: Record, expected: Mapping[int, Record]) -> None:
        position = position_of(self._source, record)
        if isinstance(position, str):
            self._foreign(place, 0, position)
        elif position not in expected:
            self._foreign(place, position, f"the store has no position {position}")
        elif header(record, "ce_type") == PARKED.encode():
            self._judge_parked(place, position, record, expected[position])
        else:
            self._compare(place, position, record, expected[position])
            self._judge_order(place, position, expected[position].key or b"")

    def _compare(self, place: Place, position: int, record: Record, wanted: Record) -> None:
        if record.key != wanted.key:
            self._found(report.KEY_WRONG, place, position)
        if record.value != wanted.value:
            self._found(report.VALUE_ALTERED, place, position)
        if record.headers != wanted.headers:
            names = ", ".join(differing(record.headers, wanted.headers))
            self._found(report.HEADERS_ALTERED, place, position, names=names)
        partition = self._partition_of(wanted.key or b"")
        if record.key == wanted.key and partition != place.partition:
            self._found(report.PARTITION_WRONG, place, position, partition=partition)

    def _judge_parked(self, place: Place, position: int, record: Record, wanted: Record) -> None:
        """A placeholder says why; everything else in it follows from the row."""
        placeholder = parked_record(wanted, "")
        if (record.key, record.headers) != (placeholder.key, placeholder.headers):
            self._foreign(place, position, "a placeholder that is not made of that row")
        else:
            self._parked.setdefault(position, place)

    def _judge_order(self, place: Place, position: int, key: bytes) -> None:
        """What comes again is a repeat and does no harm; what comes first must come in order.

        An event whose place was parked meanwhile comes after later ones: readers waited for it.
        """
        if self._seen.has(position):
            self.repeat_count += 1
            if self._once:
                self._found(report.RECORD_REPEATED, place, position)
            return
        self._seen.add(position)
        later = self._latest.get(key, 0)
        if position < later and position not in self._parked:
            self._found(report.ORDER_BROKEN, place, position, later=later)
        self._latest[key] = max(later, position)

    @property
    def last(self) -> int:
        """The highest position on the topic."""
        return self._seen.last

    def finish(self, topic: str, cursor: int) -> int:
        """Names what is not there up to the cursor; returns how many rows beyond it are still to come."""
        if cursor > self._seen.end:
            self._add(report.CURSOR_BEYOND_STORE, self._seen.end, cursor=cursor, end=self._seen.end)
        for position, place in self._parked.items():
            if not self._seen.has(position):
                self._seen.add(position)
                self._found(report.PLACE_PARKED, place, position)
        for first, last in self._seen.gaps(1, cursor):
            self._add(report.RECORD_MISSING, first, first=first, last=last, topic=topic)
        return sum(last - first + 1 for first, last in self._seen.gaps(cursor + 1, self._seen.end))

    def _foreign(self, place: Place, position: int, reason: str) -> None:
        self._found(report.FOREIGN_RECORD, place, position, reason=reason)

    def _found(self, rule: AuditRule, place: Place, position: int, **facts: object) -> None:
        self._add(rule, position, str(place), record=place, position=position, **facts)

    def _add(self, rule: AuditRule, at: int, where: str = "", **facts: object) -> None:
        self._findings.add(rule.at(FindingPlace(self._source, at, where), **facts))


def position_of(source: str, record: Record) -> int | str:
    """The position in a source that a record says it has; otherwise why it has none."""
    log, position = header(record, "ce_log"), header(record, "ce_position")
    if log is None or position is None:
        return "it has no ce_log and ce_position"
    if log != source.encode():
        return f"it is of {log.decode(errors='replace')[:80]}"
    if not (position.isdigit() and len(position) <= 18 and int(position) > 0):
        return "its ce_position is no position"
    return int(position)


def header(record: Record, name: str) -> bytes | None:
    """The value of a header; None when it is not there."""
    return next((value for each, value in record.headers if each == name), None)


def differing(found: Headers, wanted: Headers) -> list[str]:
    """Names of headers that are not as wanted; when only their order is not, that is said."""
    names = dict.fromkeys(name for name, _ in (*wanted, *found))
    unequal = [name for name in names if _values(found, name) != _values(wanted, name)]
    return unequal or ["their order"]


def _values(headers: Headers, name: str) -> list[bytes]:
    return [value for each, value in headers if each == name]
