"""CaseService: lists, cases with their timelines, and how far the folds have come."""

import asyncio
from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.types_pb2 import PETITION_STATUS_UNSPECIFIED, PetitionStatus
from huiyin_domain.access import Scope, scope, unknown_case
from huiyin_domain.cases.fold import Case, CaseFold, summary_of
from huiyin_domain.cases.timeline import causal_order
from huiyin_domain.context import Policy
from huiyin_domain.narrative import describe
from huiyin_domain.refusal import invalid
from huiyin_kernel.access_sql import CASES, Condition, of_former, within
from huiyin_kernel.codec import fact_of_envelope, payload_of, timestamp
from huiyin_kernel.policy_kept import PolicyKept
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.feed import AskEnd
from huiyin_kernel.rpc.requests import page_size
from huiyin_kernel.settings import RuntimeLimits
from huiyin_streams.case_rows import (
    after_token,
    read_cases,
    read_events,
    read_numbers,
    read_reached,
    token_after,
)

SERVICE = cases.DESCRIPTOR.services_by_name["CaseService"]
STATUSES = tuple(
    name.removeprefix("PETITION_STATUS_")
    for name, number in PetitionStatus.items()
    if number != PETITION_STATUS_UNSPECIFIED
)
TIMELINE_MAX = 5_000
"""Entries of one case that are shown; a case with more is refused, not cut."""

_PROGRESS = "SELECT log, position, updated FROM streams.projection_cursor WHERE model = 'case' ORDER BY 1"

_FOLD = CaseFold()
_KEPT = PolicyKept("streams", _FOLD.name)
"""The policy by which the fold's rows are counted, and with them what was true once."""

Position = tuple[str, int]
"""An event's log and place in it."""


class Cases:
    """The methods of CaseService. `ends` says of each log how to ask where it ends."""

    def __init__(
        self,
        pool: AsyncConnectionPool,
        policy: Policy,
        limits: RuntimeLimits,
        ends: Mapping[str, AskEnd],
    ) -> None:
        self._pool, self._policy, self._limits, self._ends = pool, policy, limits, ends

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "ListCases": Unary(cases.ListCasesRequest, self.list_cases),
            "GetCase": Unary(cases.GetCaseRequest, self.get_case),
            "GetProgress": Unary(cases.GetProgressRequest, self.get_progress),
        }

    async def list_cases(self, caller: Caller, request: cases.ListCasesRequest) -> cases.ListCasesResponse:
        """A page of the cases that the caller may see."""
        size = page_size(request.page_size, self._limits)
        reach = self._reach(caller)
        conditions = [within(reach, CASES), *_filters(request)]
        only_own = not (reach.all_cases or reach.division_line)
        async with self._pool.connection() as connection:
            found = await read_cases(connection, conditions, size + 1, reach.agency if only_own else "")
        more = token_after(found[size - 1]) if len(found) > size else ""
        return cases.ListCasesResponse(cases=found[:size], next_page_token=more)

    async def get_case(self, caller: Caller, request: cases.GetCaseRequest) -> cases.GetCaseResponse:
        """One case with its timeline, causes before effects; for a former party as it was then."""
        reach, which = self._reach(caller), _which(request)
        async with self._pool.connection() as connection:
            found = await read_cases(connection, [within(reach, CASES), which], 1)
            if not found:
                return await self._as_it_was(connection, reach, which)
            events = await read_events(connection, found[0].case_id, TIMELINE_MAX + 1)
            numbers = await read_numbers(connection, found[0].case_id)
        if len(events) > TIMELINE_MAX:
            message = f"the case has more than {TIMELINE_MAX} events: subscribe to its events instead"
            raise RefusedError(invalid("TIMELINE_TOO_LONG", message))
        return cases.GetCaseResponse(summary=found[0], entries=self._timeline(events, numbers))

    async def _as_it_was(
        self, connection: AsyncConnection[Any], reach: Scope, which: Condition
    ) -> cases.GetCaseResponse:
        """What a former party has had of the case, and the case as that makes it. Raises RefusedError."""
        found = await read_cases(connection, [of_former(reach), which], 1)
        had = await read_reached(connection, found[0].case_id, reach.agency, TIMELINE_MAX) if found else []
        if not had:
            raise RefusedError(unknown_case())
        state = Case()
        for _, event in had:
            state = _FOLD.evolve(state, fact_of_envelope(event))
        entries = [self._entry(event, number) for number, event in had]
        timetable = await _KEPT.timetable(connection, self._policy.timetable)
        return cases.GetCaseResponse(summary=summary_of(state, timetable), entries=entries)

    def _reach(self, caller: Caller) -> Scope:
        return scope(caller.principal, self._policy.directory)

    def _timeline(self, events: list[Event], numbers: Mapping[Position, int]) -> list[cases.TimelineEntry]:
        """By number; what has none yet comes last, causes first: nothing numbered depends on it."""
        by_place = {(event.log, event.position): event for event in events}
        numbered = sorted(by_place.keys() & numbers.keys(), key=numbers.__getitem__)
        rest = [event for place, event in by_place.items() if place not in numbers]
        waiting = causal_order([fact_of_envelope(event) for event in rest])
        ordered = [*numbered, *((fact.log, fact.position) for fact in waiting)]
        return [self._entry(by_place[place], numbers.get(place, 0)) for place in ordered]

    def _entry(self, event: Event, number: int) -> cases.TimelineEntry:
        entry = event.metadata.entry
        zh, en = describe(payload_of(event), self._policy.directory, self._policy.codes, entry)
        return cases.TimelineEntry(event=event, text_zh=zh, text_en=en, number=number)

    async def get_progress(
        self, caller: Caller, request: cases.GetProgressRequest
    ) -> cases.GetProgressResponse:
        """How far each log is folded, and where it ends, if its service says so."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_PROGRESS)).fetchall()
        ends = await asyncio.gather(*(self._ends[log]() for log, _, _ in rows if log in self._ends))
        known = dict(zip((log for log, _, _ in rows if log in self._ends), ends, strict=True))
        logs = [
            cases.LogProgress(
                log=log,
                position=position,
                log_position=max(position, known.get(log) or 0),
                updated_time=timestamp(updated),
            )
            for log, position, updated in rows
        ]
        return cases.GetProgressResponse(logs=logs)


def _filters(request: cases.ListCasesRequest) -> list[Condition]:
    conditions = []
    if request.unit:
        conditions.append(Condition("unit = %(unit)s", {"unit": request.unit}))
    if request.status:
        _check_status(request.status)
        conditions.append(Condition("status = %(status)s", {"status": request.status}))
    if request.to_settle:
        conditions.append(Condition("to_settle", {}))
    if request.page_token:
        conditions.append(after_token(request.page_token))
    return conditions


def _check_status(status: str) -> None:
    """A word that is no status must not look like a status that no case has."""
    if status not in STATUSES:
        allowed = ",".join(STATUSES)
        message = f"status {status[:40]} is unknown: give one of {allowed}"
        raise RefusedError(invalid("UNKNOWN_STATUS", message, field="status", allowed=allowed))


def _which(request: cases.GetCaseRequest) -> Condition:
    if request.case_id:
        return Condition("case_id = %(case_id)s", {"case_id": request.case_id})
    if request.display_number:
        return Condition("display_number = %(number)s", {"number": request.display_number})
    message = "case_id and display_number are both empty: give one"
    raise RefusedError(invalid("CASE_REQUIRED", message, field="case_id"))
