"""An entry of the case timeline as stream folds see it."""

from dataclasses import dataclass

from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.fact import Fact


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of one case with its number. `record` is what the timeline's topic carries."""

    record: CaseEvent
    fact: Fact

    @property
    def case_id(self) -> str:
        """The case."""
        return self.record.case_id

    @property
    def number(self) -> int:
        """Place among the case's events, dense from 1."""
        return self.record.number

    @property
    def is_petitions_own(self) -> bool:
        """Whether it is an event of the case's own petition, not one that only names the case."""
        return self.fact.stream == f"petition-{self.record.case_id}"


class MissingEntryError(ValueError):
    """One that this entry of a case follows has not been folded, and it must not be folded without that."""


def is_repeat(entry: Entry, last: int) -> bool:
    """Whether an entry is folded already; `last` is the number of the last one. Raises MissingEntryError."""
    if entry.number > last + 1:
        raise MissingEntryError(
            f"entry {entry.number} comes before entry {last + 1} of its case: put that one back first"
        )
    return entry.number <= last


def keys_of(entry: Entry) -> tuple[str, ...]:
    """The case; nothing for an entry that is only sent again to agencies entitled since."""
    return () if entry.record.catch_up else (entry.record.case_id,)
