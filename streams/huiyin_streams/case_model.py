"""The case fold for the fold host: what a case is across all logs, with its clocks and its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.cases.view import CaseView, evolve, from_bytes, initial, summary, to_bytes
from huiyin_domain.fact import Fact
from huiyin_streams.case_rows import Row, add_events, write_cases


class CaseModel:
    """States by case id. A fact concerns every case that its event names."""

    name = "case"

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> CaseView:
        return initial()

    def evolve(self, state: CaseView, fact: Fact) -> CaseView:
        return evolve(state, fact)

    def dump(self, state: CaseView) -> bytes:
        return to_bytes(state)

    def load(self, data: bytes) -> CaseView:
        return from_bytes(data)

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, CaseView], events: Sequence[Event]
    ) -> None:
        """Replaces the rows of these cases and adds to their timelines."""
        rows = {case_id: Row(summary(view), view.accused) for case_id, view in states.items()}
        await write_cases(connection, rows)
        await add_events(connection, events)
