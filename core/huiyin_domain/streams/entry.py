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


def keys_of(entry: Entry) -> tuple[str, ...]:
    """The case; nothing for an entry that is only sent again to agencies entitled since."""
    return () if entry.record.catch_up else (entry.record.case_id,)
