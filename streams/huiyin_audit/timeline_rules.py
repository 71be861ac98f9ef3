"""The rules that the timeline must keep toward its logs (promise P7), and what it has of one event."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from huiyin_audit.findings import AuditRule, FindingPlace
from huiyin_audit.timeline_rows import EntryRow
from huiyin_store.port import RecordedEvent

SEQUENCE_NOT_NEXT = AuditRule(
    "SEQUENCE_NOT_NEXT",
    "排在次序 {previous} 之后：中间有条目缺失、重复或被移动",
    "it follows place {previous}: something between is missing, repeated or moved",
)
TIMELINE_CUT_OFF = AuditRule(
    "TIMELINE_CUT_OFF",
    "记为止于次序 {end}，实际止于 {last}：末尾被截去",
    "it is on record up to place {end}, but ends at {last}: its tail was cut off",
)
NUMBER_NOT_NEXT = AuditRule(
    "NUMBER_NOT_NEXT",
    "案件 {case} 的序号为 {number}，应为 {expected}",
    "case {case} has number {number} where {expected} was due",
)
EVENT_TWICE = AuditRule(
    "EVENT_TWICE",
    "{log} 位置 {position} 的事件已在时间线中",
    "the event at position {position} of {log} stands in the timeline already",
)
EVENT_NOT_NUMBERED = AuditRule(
    "EVENT_NOT_NUMBERED",
    "时间线已读过它，但在案件 {case} 中既无序号也未等待",
    "the timeline has read past it, but it has no number in case {case} and does not wait either",
)
EVENT_SET_ASIDE = AuditRule(
    "EVENT_SET_ASIDE",
    "时间线已将它搁置，在案件 {case} 中尚无序号：见死信",
    "the timeline has set it aside, without a number in case {case}: see the dead letters",
)
ENTRY_WITHOUT_EVENT = AuditRule(
    "ENTRY_WITHOUT_EVENT",
    "{log} 位置 {position} 没有可读的事件",
    "there is no event that can be read at position {position} of {log}",
)
ENTRY_BEYOND_CURSOR = AuditRule(
    "ENTRY_BEYOND_CURSOR",
    "出自 {log} 位置 {position}，而时间线只读到 {end}",
    "it is from position {position} of {log}, but the timeline has read only up to {end}",
)
ENTRY_OF_OTHER_CASE = AuditRule(
    "ENTRY_OF_OTHER_CASE",
    "{log} 位置 {position} 的事件与案件 {case} 无关",
    "the event at position {position} of {log} does not concern case {case}",
)
ENTRY_DIFFERS = AuditRule(
    "ENTRY_DIFFERS",
    "内容与 {log} 位置 {position} 的事件不同",
    "it is not what {log} has at position {position}",
)
LOG_OUT_OF_ORDER = AuditRule(
    "LOG_OUT_OF_ORDER",
    "案件 {case} 中，{log} 位置 {position} 排在位置 {previous} 之后",
    "in case {case}, position {position} of {log} stands after position {previous}",
)
EFFECT_BEFORE_CAUSE = AuditRule(
    "EFFECT_BEFORE_CAUSE",
    "排在其原因之前：{log} 中 {stream} 第 {version} 版",
    "it stands before its cause, version {version} of {stream} in {log}",
)
CAUSE_WRONGLY_MISSING = AuditRule(
    "CAUSE_WRONGLY_MISSING",
    "记为缺失的原因其实存在：{log} 中 {stream} 第 {version} 版",
    "the cause written down as missing was there: version {version} of {stream} in {log}",
)
MISSING_NOT_NAMED = AuditRule(
    "MISSING_NOT_NAMED",
    "记为缺失的原因并非该事件所称：{log} 中 {stream} 第 {version} 版",
    "what is written down as missing is no cause that it names: version {version} of {stream} in {log}",
)
RECIPIENTS_WRONG = AuditRule(
    "RECIPIENTS_WRONG",
    "案件 {case} 第 {number} 条的接收单位、属地或回避与案情不符",
    "recipients, division or walls of number {number} of case {case} are not what the case gives",
)
CATCH_UP_WRONG = AuditRule(
    "CATCH_UP_WRONG",
    "补发的条目不对：案件 {case} 第 {number} 条",
    "what is sent again is wrong: number {number} of case {case}",
)
CATCH_UP_MISSING = AuditRule(
    "CATCH_UP_MISSING",
    "在此之前应补发案件 {case} 第 {number} 条，却没有",
    "before it, number {number} of case {case} should have been sent again, and was not",
)
HELD_WRONG = AuditRule(
    "HELD_WRONG",
    "它在等待，却与日志不符，或已有序号，或尚未读到",
    "it is held, but is not what the log has, has a number already, or was not read yet",
)
CASE_STATE_WRONG = AuditRule(
    "CASE_STATE_WRONG",
    "案件 {case} 的状态与其条目不符",
    "the state of case {case} is not what its entries give",
)
RELEASE_WRONG = AuditRule(
    "RELEASE_WRONG",
    "记为已放行到第 {kept} 版，条目止于第 {version} 版",
    "it is on record as released up to version {kept}, but its entries end at version {version}",
)


NAME = "timeline"
"""What the timeline is called among the logs."""


@dataclass(slots=True)
class RowsOfEvent:
    """Rows of one event, and the event as the log has it; None when the log has none there."""

    again: list[EntryRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    record: RecordedEvent | None = None

    @property
    def first(self) -> EntryRow:
        """The first entry."""
        return self.entries[0]

    def is_of(self, row: EntryRow) -> bool:
        """Whether a row is an entry of the same event, in a case that has none yet."""
        cases = {entry.case_id for entry in self.entries}
        event = (self.first.log, self.first.position)
        return not row.catch_up and (row.log, row.position) == event and row.case_id not in cases


def place_of(row: EntryRow) -> FindingPlace:
    """Where a row stands: a stream of the timeline is a case."""
    return FindingPlace(NAME, row.sequence, row.case_id)


class Grouping:
    """Puts rows that come in order together."""

    def __init__(self) -> None:
        self._open = RowsOfEvent()

    def take(self, row: EntryRow, record: RecordedEvent | None) -> Iterator[RowsOfEvent]:
        """The group before, when this row begins another one."""
        if self._open.entries and not self._open.is_of(row):
            yield from self.rest()
        if row.catch_up:
            self._open.again.append(row)
        else:
            self._open.entries.append(row)
            self._open.record = record

    def rest(self) -> Iterator[RowsOfEvent]:
        """The last group, at the end; what is sent again for no event has no entries."""
        group, self._open = self._open, RowsOfEvent()
        if group.entries or group.again:
            yield group
