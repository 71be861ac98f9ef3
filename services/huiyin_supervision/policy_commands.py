"""ApplyPolicy, and what is asked about policy: what it would do, what holds, which clocks it moved."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.access import Action, CaseFacts, may, scope
from huiyin_domain.clocks.clock import statutory_clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.record import ClockFold, ClockRecord
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.context import Context
from huiyin_domain.directory import line_of
from huiyin_domain.policy import (
    CALENDARS,
    POLICY,
    Applications,
    changed_days,
    digest_of,
    held_digests,
    in_force,
    lines_of,
    message_of,
    not_allowed,
    not_its_place,
    valid_year,
)
from huiyin_domain.refusal import Refusal, missing
from huiyin_kernel.access_sql import CLOCKS, within
from huiyin_kernel.commands import Commands, fresh_ids
from huiyin_kernel.packing import unpacked
from huiyin_kernel.policy_kept import PolicyKept, policy_in
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import PagePlace, page_size, page_token, place_of
from huiyin_kernel.settings import RuntimeLimits
from huiyin_supervision.amended_clocks import amended, count_amended, list_amended
from huiyin_supervision.methods import APPLY

STREAM = f"{POLICY.category}-{CALENDARS}"
PAGE = 200
"""Cases that a forecast looks at between two breaths."""

_LIST = "amended"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = (
    "SELECT key, state FROM supervision.projection_state WHERE model = %s AND key > %s ORDER BY key LIMIT %s"
)


@dataclass(slots=True)
class _Moved:
    """What a forecast found so far."""

    clocks: int = 0
    settled: int = 0
    cases: set[str] = field(default_factory=set)


class Applying:
    """The methods about policy."""

    def __init__(self, commands: Commands, pool: AsyncConnectionPool, limits: RuntimeLimits) -> None:
        self._commands, self._pool, self._limits = commands, pool, limits
        self._shipped = commands.policy.timetable
        self._fold = ClockFold()
        self._kept = PolicyKept("supervision", self._fold.name)

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "ApplyPolicy": Unary(supervision.ApplyPolicyRequest, self.apply),
            "ForecastPolicy": Unary(supervision.ForecastPolicyRequest, self.forecast),
            "ListCalendars": Unary(supervision.ListCalendarsRequest, self.list_calendars),
            "ListAmendedClocks": Unary(supervision.ListAmendedClocksRequest, self.list_amended_clocks),
        }

    async def apply(self, caller: Caller, request: supervision.ApplyPolicyRequest) -> Message:
        """Lays policy down: one event, after which everybody who counts days takes it over."""
        prepared = await self._commands.prepare(caller, request, fresh_ids(), STREAM)
        outcome = await self._commands.carry_out(APPLY, STREAM, request, prepared)
        response = await self._commands.answer(APPLY, request, outcome)
        assert isinstance(response, supervision.ApplyPolicyResponse)
        if not response.digest:  # it held already
            year = valid_year(request.policy, prepared.context)
            response.digest = "" if isinstance(year, Refusal) else digest_of(year)
        return response

    async def forecast(self, caller: Caller, request: supervision.ForecastPolicyRequest) -> Message:
        """What it would do to the clocks that are open now."""
        policy, now = request.policy, await self._timetable()
        call = self._context(caller)
        refusal = not_allowed(call) or not_its_place(policy, call)
        year = refusal or valid_year(policy, call)
        if isinstance(year, Refusal):
            raise RefusedError(year)
        assert year is not None, "a policy without a year is refused"
        then, moved = now.amended(year, lines_of(policy.divisions)), _Moved()
        async for states in self._states():
            for state in states.values():
                _compare(state, now, then, moved)
        days = sorted(set(changed_days(now, then, policy)))
        return supervision.ForecastPolicyResponse(
            digest=digest_of(year),
            replaced_digests=held_digests(now, policy),
            days_off=[day.isoformat() for day, off in days if off],
            days_worked=[day.isoformat() for day, off in days if not off],
            clock_count=moved.clocks,
            case_count=len(moved.cases),
            settled_count=moved.settled,
        )

    async def list_calendars(self, caller: Caller, request: supervision.ListCalendarsRequest) -> Message:
        """Everything that holds. It is no secret: everybody counts by it."""
        applications = await self._applications()
        timetable = in_force(self._shipped, applications.events)
        origin = {one.digest: one.policy_id for one in applications.events}
        return supervision.ListCalendarsResponse(calendars=_held(timetable, applications, origin))

    async def list_amended_clocks(
        self, caller: Caller, request: supervision.ListAmendedClocksRequest
    ) -> Message:
        """A page of the clocks that an application moved; an agency sees those of its cases."""
        if refusal := may(caller.principal, Action.READ_POLICY, CaseFacts(), self._commands.policy.directory):
            raise RefusedError(refusal)
        applications = await self._applications()
        if request.policy_id not in {one.policy_id for one in applications.events}:
            raise RefusedError(
                missing("NO_SUCH_POLICY", "nothing was applied under that policy_id: list them")
            )
        after, size = _place(request.page_token), page_size(request.page_size, self._limits)
        seen = within(scope(caller.principal, self._commands.policy.directory), CLOCKS)
        async with self._pool.connection() as connection:
            # Asked first: of what was taken over by then, all is there to be listed and counted.
            taken_over = [policy_in(one).policy_id for one in await self._kept.events(connection)]
            found = await list_amended(connection, request.policy_id, after, size + 1, seen)
            clock_count, case_count = await count_amended(connection, request.policy_id)
        last = found[size - 1] if len(found) > size else None
        return supervision.ListAmendedClocksResponse(
            clocks=found[:size],
            next_page_token=_token(last) if last else "",
            clock_count=clock_count,
            case_count=case_count,
            complete=request.policy_id in taken_over,
        )

    def _context(self, caller: Caller) -> Context:
        now = self._commands.clock.now()
        return Context(now, now, caller.principal, (), self._commands.policy)

    async def _applications(self) -> Applications:
        return (await self._commands.streams.read(POLICY, STREAM)).state

    async def _timetable(self) -> Timetable:
        return in_force(self._shipped, (await self._applications()).events)

    async def _states(self) -> AsyncGenerator[Mapping[str, ClockRecord], None]:
        last = ""
        while True:
            async with self._pool.connection() as connection:
                page = await self._page(connection, last)
            if not page:
                return
            yield page
            last = max(page)
            await asyncio.sleep(0)  # others are answered in between

    async def _page(self, connection: AsyncConnection[Any], last: str) -> Mapping[str, ClockRecord]:
        cursor = await connection.execute(_STATES, (self._fold.name, last, PAGE), binary=True)
        return {key: self._fold.load(unpacked(kept)) for key, kept in await cursor.fetchall()}


def _compare(state: ClockRecord, now: Timetable, then: Timetable, moved: _Moved) -> None:
    before, after = (
        {clock.clock_id: statutory_clock(clock) for clock in clocks(state.clocks, timetable) if clock.running}
        for timetable in (now, then)
    )
    for one in amended(before, after):
        moved.clocks += 1
        moved.cases.add(one.case_id)
        moved.settled += one.provisional_before and not one.provisional


def _held(
    timetable: Timetable, applications: Applications, origin: Mapping[str, str]
) -> list[supervision.HeldCalendar]:
    named = sorted({division for one in applications.events for division in one.divisions})
    places = [("", timetable.calendar)]
    places += [(name, timetable.local[line_of(name)]) for name in named if line_of(name) in timetable.local]
    return [
        supervision.HeldCalendar(
            division=division,
            version=year.version,
            digest=digest_of(year),
            source_document=year.source,
            verification=year.verification,
            calendar=message_of(year),
            policy_id=origin.get(digest_of(year), ""),
        )
        for division, calendar in places
        for year in calendar.years
    ]


def _token(last: supervision.AmendedClock) -> str:
    return page_token(_LIST, PagePlace(_FIRST, f"{last.case_id} {last.clock_id}"))


def _place(token: str) -> tuple[str, str]:
    if not token:
        return "", ""
    case_id, _, clock_id = place_of(token, _LIST).identifier.partition(" ")
    return case_id, clock_id
