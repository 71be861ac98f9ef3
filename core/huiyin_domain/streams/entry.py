"""An entry of the case timeline as stream folds see it."""

from dataclasses import dataclass

from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.decider import Fact, UnfoldableError


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


class MissingEntryError(UnfoldableError):
    """One that this entry of a case follows has not been folded, and it must not be folded without that."""


def is_repeat(entry: Entry, last: int) -> bool:
    """Whether an entry is folded already; `last` is the number of the last one. Raises MissingEntryError.

    One that is sent again to agencies entitled since must be: they shall not see it before its causes either.
    """
    following = last if entry.record.catch_up else last + 1
    if entry.number > following:
        raise MissingEntryError(
            f"entry {entry.number} comes before entry {last + 1} of its case: put that one back first"
        )
    return entry.number <= last
