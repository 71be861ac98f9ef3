"""The clock fold in the fold host: a row for each clock, in the order in which they pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.message import statutory_clock
from huiyin_domain.clocks.record import ClockFold, ClockRecord
from huiyin_domain.clocks.rule import NOBODYS
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.clocks.withdrawing import withdrawals
from huiyin_supervision.amended_clocks import amended, keep_amended, open_clocks
from huiyin_supervision.case_causes import write_causes
from huiyin_supervision.case_rows import write_cases
from huiyin_supervision.clock_rows import ClockRow, write_clocks


class ClockModel(ClockFold):
    """The fold with its rows."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable, self._derived = timetable, DerivedClocks()

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, ClockRecord], events: Sequence[Event]
    ) -> None:
        """Replaces the clocks of these cases; keeps who may see them, and what their lateness depends on."""
        await write_cases(connection, events)
        await write_causes(connection, events)
        await write_clocks(connection, {case: self._rows(state) for case, state in states.items()})

    async def write_anew(
        self, connection: AsyncConnection[Any], states: Mapping[str, ClockRecord], policy_id: str
    ) -> None:
        """Replaces the clocks of these cases, by another timetable; keeps which open ones it moved."""
        before = await open_clocks(connection, states) if policy_id else {}
        await self.write_rows(connection, states, ())
        if policy_id:
            moved = amended(before, await open_clocks(connection, states))
            await keep_amended(connection, policy_id, moved)

    def _rows(self, state: ClockRecord) -> list[ClockRow]:
        return [self._row(clock, state) for clock in self._derived.of(state.clocks, self.timetable)]

    def _row(self, clock: Clock, state: ClockRecord) -> ClockRow:
        withdrawal = next(iter(withdrawals(clock, state)), None)
        said = state.has_passed(clock), state.is_withdrawn(clock)
        day = None if clock.nature in NOBODYS else clock.day
        return ClockRow(statutory_clock(clock), day, *said, withdrawal)
