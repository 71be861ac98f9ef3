"""The model of this host: cases, folded once, with the rows of lists, of figures and of timelines."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.access import organs_asked
from huiyin_domain.cases.fold import Case, CaseFold, summary_of
from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.directory import Directory
from huiyin_domain.figures.derive import contributions
from huiyin_domain.streams.folds import folds
from huiyin_kernel.host import Host
from huiyin_kernel.model_states import BREATH, NOTHING
from huiyin_streams.case_rows import CaseRow, add_events, write_cases
from huiyin_streams.figure_rows import CaseRows, FigureChange, Values, change, row_values, write_figures
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


SHOWN_MAX = 5_000
"""Cases whose figures are remembered; a case takes some three kilobytes."""


class _Shown(NamedTuple):
    """The rows of figures that a state makes, by a version of the timetable."""

    case: Case
    counted_by: str
    figures: frozenset[Values]


class CaseModel(CaseFold):
    """The fold with its rows.

    What it remembers of them holds when the database has the rows of that very state: what became of the
    transaction in which they were written need not be known.
    """

    def __init__(
        self, timetable: Timetable, directory: Directory, derived: DerivedClocks | None = None
    ) -> None:
        self.timetable, self._directory = timetable, directory
        self._derived = derived or DerivedClocks()
        self._shown: OrderedDict[str, _Shown] = OrderedDict()

    async def write_rows(
        self,
        connection: AsyncConnection[Any],
        states: Mapping[str, Case],
        events: Sequence[Event],
        before: Mapping[str, Case] = NOTHING,
    ) -> None:
        """Replaces the rows of these cases and adds to their timelines.

        An event that is folded again adds nothing.
        """
        known = {case_id: case for case_id, case in states.items() if case.event_count}
        rows, changes = dict[str, CaseRow](), list[FigureChange]()
        for number, (case_id, case) in enumerate(known.items()):
            rows[case_id] = self._row(case)
            changes.append(self._change(case_id, case, before.get(case_id)))
            if not number % BREATH:
                await asyncio.sleep(0)
        await write_cases(connection, rows)
        await write_figures(connection, changes)
        await add_events(connection, events)

    async def write_anew(
        self, connection: AsyncConnection[Any], states: Mapping[str, Case], policy_id: str
    ) -> None:
        """Replaces the rows of these cases, by another timetable."""
        await self.write_rows(connection, states, ())

    def _row(self, case: Case) -> CaseRow:
        view = case.view
        asked = sorted(organs_asked(view.disputed, self._directory))
        summary = summary_of(case, self.timetable, self._derived, view)
        return CaseRow(summary, view.accused, sorted(view.former), asked)

    def _change(self, case_id: str, case: Case, before: Case | None) -> FigureChange:
        shown, version = self._shown.get(case_id), self.timetable.version
        rows = row_values(case_id, self.figures(case))
        self._shown[case_id] = _Shown(case, version, frozenset(rows))
        self._shown.move_to_end(case_id)
        if len(self._shown) > SHOWN_MAX:
            self._shown.popitem(last=False)
        holds = shown is not None and shown.case is before and shown.counted_by == version
        return change(case_id, shown.figures if shown and holds else None, rows)

    def figures(self, case: Case) -> CaseRows:
        """What a case adds to figures."""
        added = contributions(case, self.timetable, self._derived)
        petition = case.intake.petition
        return CaseRows(petition.registration.division, sorted(petition.accused_units), added)
