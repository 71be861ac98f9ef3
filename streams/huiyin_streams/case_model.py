"""The case fold in the fold host: a row for each case, and the events of its timeline."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.cases.fold import CaseFold, CaseState, summary_of
from huiyin_streams.case_rows import Row, add_events, write_cases


class CaseModel(CaseFold):
    """The fold with its rows."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, CaseState], events: Sequence[Event]
    ) -> None:
        """Replaces the rows of these cases and adds to their timelines."""
        rows = {
            case_id: Row(summary_of(state, self._calendar), state.view.accused)
            for case_id, state in states.items()
        }
        await write_cases(connection, rows)
        await add_events(connection, events)
