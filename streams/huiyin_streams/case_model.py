"""The case fold in the fold host: a row for each case, and the events of its timeline."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.cases.view import CaseView, summary
from huiyin_streams.case_rows import Row, add_events, write_cases


class CaseModel(CaseFold):
    """The fold with its rows."""

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, CaseView], events: Sequence[Event]
    ) -> None:
        """Replaces the rows of these cases and adds to their timelines."""
        rows = {case_id: Row(summary(view), view.accused) for case_id, view in states.items()}
        await write_cases(connection, rows)
        await add_events(connection, events)
