"""The models of this host: the list of cases, and figures, each a fold with its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.access import organs_asked
from huiyin_domain.cases.fold import CaseFold, CaseState, summary_of
from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.directory import Directory
from huiyin_domain.figures.derive import contributions
from huiyin_domain.figures.fold import FigureFold
from huiyin_domain.figures.state import FigureState
from huiyin_domain.streams.folds import folds
from huiyin_kernel.host import Host
from huiyin_streams.case_rows import Row, add_events, write_cases
from huiyin_streams.figure_rows import CaseRows, write_figures
from huiyin_streams.local_runner import LocalRunner


async def derived_rows(host: Host, clocks: DerivedClocks) -> None:
    """Keeps them, for ever; `clocks` are those that the folds of the process derive.

    Raises KafkaSetupError where a cluster cannot be used as it is set up.
    """
    if not host.settings.is_cluster:
        await LocalRunner(host.dsn(), folds(host.policy.timetable, clocks)).run()
        return
    # Imported here: the embedded default runs without kafka-python.
    from huiyin_kafka.connection import client_options
    from huiyin_kafka.reader import TopicsReader
    from huiyin_kafka.wire import SHOWN
    from huiyin_streams.sink_host import SinkHost

    reader = TopicsReader(client_options(host.settings, "service@streams"), SHOWN)
    await SinkHost(host.dsn(), reader).run()


class CaseModel(CaseFold):
    """The fold with its rows."""

    def __init__(
        self, timetable: Timetable, directory: Directory, derived: DerivedClocks | None = None
    ) -> None:
        self.timetable, self._directory = timetable, directory
        self._derived = derived or DerivedClocks()

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, CaseState], events: Sequence[Event]
    ) -> None:
        """Replaces the rows of these cases and adds to their timelines."""
        rows = {case_id: self._row(state) for case_id, state in states.items()}
        await write_cases(connection, rows)
        await add_events(connection, events)

    async def write_anew(
        self, connection: AsyncConnection[Any], states: Mapping[str, CaseState], policy_id: str
    ) -> None:
        """Replaces the rows of these cases, by another timetable."""
        await self.write_rows(connection, states, ())

    def _row(self, state: CaseState) -> Row:
        view, asked = state.view, organs_asked(state.view.disputed, self._directory)
        return Row(
            summary_of(state, self.timetable, self._derived), view.accused, sorted(view.former), sorted(asked)
        )


class FigureModel(FigureFold):
    """The fold with its rows."""

    def __init__(self, timetable: Timetable, derived: DerivedClocks | None = None) -> None:
        self.timetable, self._derived = timetable, derived or DerivedClocks()

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, FigureState], events: Sequence[Event]
    ) -> None:
        """Replaces what these cases add; so an event that is folded again adds nothing."""
        await write_figures(connection, {case_id: self._rows(state) for case_id, state in states.items()})

    async def write_anew(
        self, connection: AsyncConnection[Any], states: Mapping[str, FigureState], policy_id: str
    ) -> None:
        """Replaces the rows of these cases, by another timetable."""
        await self.write_rows(connection, states, ())

    def _rows(self, state: FigureState) -> CaseRows:
        added = contributions(state, self.timetable, self._derived)
        return CaseRows(state.case.division, state.case.accused_units, added)
