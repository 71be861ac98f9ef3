"""Cases at the beginning of their course, and what the record says of a case afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_audit.history import History, HistoryEntry
from tests.mainjob.desk import Desks
from tests.mainjob.life import Life
from tests.support.calling import OFFICE, filing, info

BEGAN = timedelta(days=400)
"""So long ago that every course is over by now."""


async def begun(desks: Desks, **fields: Any) -> Life:
    """A petition registered long ago, at the beginning of its course."""
    received = datetime.now(UTC) - BEGAN
    desk = await desks.at(OFFICE)
    answer = await desk.call("intake", "RegisterPetition", _history(received, **fields))
    return Life(desks, answer.case_id, answer.query_code, OFFICE, received, datetime.now(UTC))


def _history(received: datetime, **fields: Any) -> RegisterPetitionRequest:
    """A filing from before the platform began, as an import brings it."""
    return filing(info=info(received, imported=True), source="archive", **fields)


@dataclass(frozen=True)
class Lived:
    """Cases by the names of their courses, and all that was recorded and answered."""

    cases: Mapping[str, str]
    history: History

    def events(self, course: str) -> list[HistoryEntry]:
        """The record of the case that went this course."""
        case_id = self.cases[course]
        entries = [entry for log in self.history.logs.values() for entry in log]
        return [entry for entry in entries if case_id in entry.metadata.case_ids]

    def types(self, course: str) -> Counter[str]:
        """How often each type of event is on that record."""
        return Counter(entry.message.DESCRIPTOR.name for entry in self.events(course))
