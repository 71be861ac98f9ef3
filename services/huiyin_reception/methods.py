"""Joint reception's commands, questions and reactions, and on which stream each is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.intake.v1.events_pb2 import ResolutionItemApplied, ResolutionItemRefused
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1.events_pb2 import MeetingConvened, ResolutionProposed, VisitReceived
from huiyin.reception.v1.service_pb2 import SettleItemRequest
from huiyin.reception.v1.types_pb2 import MEETING_STATUS_WITHDRAWN
from huiyin_domain.access import kept_out_by, scope
from huiyin_domain.context import Context, Policy, Principal
from huiyin_domain.decider import Decider
from huiyin_domain.directory import Directory
from huiyin_domain.reception.binding import is_asked
from huiyin_domain.reception.centre import CENTRE, VISIT
from huiyin_domain.reception.guards import reads_withdrawn, withdrawn
from huiyin_domain.reception.meeting import MEETING, MeetingDecider, meeting_message
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal
from huiyin_kernel.commands import Command, Commands, fresh_ids
from huiyin_kernel.inbox import Foreign, Reaction, log
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import KnowsCases, Standings
from huiyin_kernel.rpc.tables import Entitled, StateT, command
from huiyin_kernel.streams import Change, Loaded, Streams

SERVICE = reception.DESCRIPTOR.services_by_name["ReceptionService"]

_ON_A_MEETING = (
    "SignResolution",
    "DissentFromResolution",
    "SettleItem",
    "WithdrawMeeting",
    "CloseMeeting",
)

CONVENE: Command = command(
    SERVICE, "ConveneMeeting", MEETING, None, {"meeting_id": [(MeetingConvened, "meeting_id")]}
)
"""Begins a meeting; the service first asks intake for the cases."""

VISITS: Command = command(SERVICE, "ReceiveVisit", VISIT, None, {"visit_id": [(VisitReceived, "visit_id")]})
"""Begins a visit."""

ON_CASES: dict[str, Command] = {
    "ProposeResolution": command(
        SERVICE,
        "ProposeResolution",
        MEETING,
        "meeting_id",
        {"resolution_id": [(ResolutionProposed, "resolution_id")]},
    ),
    **{
        name: command(SERVICE, name, MEETING, "meeting_id")
        for name in ("OpenMeeting", "OrderResolution", "BindResolution")
    },
}
"""Commands on a meeting that its cases, as they now stand, have a say in."""

RESUME: Command = command(SERVICE, "ResumeMeeting", MEETING, "meeting_id")
"""Calls a withdrawn meeting anew, with its cases as they now stand."""

COMMANDS: dict[str, Command] = {
    "OpenCentre": command(SERVICE, "OpenCentre", CENTRE, "centre"),
    **{name: command(SERVICE, name, MEETING, "meeting_id") for name in _ON_A_MEETING},
}
"""Commands by rpc name."""


class Seats(Entitled):
    """Looks at the seats of a meeting before it is read or anything is done about it."""

    def __init__(self, streams: Streams, standings: KnowsCases, directory: Directory) -> None:
        super().__init__(streams, standings, directory)
        self._kept_out = kept_out_by(directory)

    async def check(self, decider: Decider[StateT], identifier: str, principal: Principal) -> None:
        """Before a command is decided. Raises RefusedError, the same for all who were called."""
        if decider.category == MEETING.category and await self.withdrawn_from(identifier, principal):
            raise RefusedError(withdrawn())
        await super().check(decider, identifier, principal)

    async def check_anew(self, decider: Decider[StateT], identifier: str, principal: Principal) -> None:
        """Before it is called anew: for its convener alone, unless that is accused. Raises RefusedError."""
        state = await self.withdrawn_from(identifier, principal)
        if state and (principal.acting_agency != state.convener or await self._is_kept_out(state, principal)):
            raise RefusedError(withdrawn())
        await super().check(decider, identifier, principal)

    async def withdrawn_from(self, meeting_id: str, principal: Principal) -> Meeting | None:
        """The meeting, where it reads withdrawn to the caller's agency."""
        state = (await self._streams.of(MEETING, meeting_id)).state
        agency = principal.acting_agency
        reach = scope(principal, self._directory)
        looks = reach.as_party or reach.division_line
        if not looks or agency not in state.seats | set(state.left_out):
            return None
        return state if reads_withdrawn(state, agency, await self._kept_out_of(state)) else None

    async def _is_kept_out(self, state: Meeting, principal: Principal) -> bool:
        return principal.acting_agency in await self._kept_out_of(state)

    async def _kept_out_of(self, state: Meeting) -> frozenset[str]:
        """Who is kept from a case of its agenda now."""
        known = await self._standings.of(state.case_ids)
        return frozenset[str]().union(*(self._kept_out(one.accused_units) for one in known.values()))


def withdrawn_message(state: Meeting) -> reception.Meeting:
    """All that anybody reads of a withdrawn meeting."""
    return reception.Meeting(
        meeting_id=state.meeting_id, status=MEETING_STATUS_WITHDRAWN, convener=state.convener
    )


class Queries:
    """The reading methods of ReceptionService."""

    def __init__(self, seats: Seats, streams: Streams, standings: Standings, directory: Directory) -> None:
        self._seats, self._streams = seats, streams
        self._standings, self._directory = standings, directory

    async def get_meeting(self, caller: Caller, request: reception.GetMeetingRequest) -> Message:
        """The state of a meeting: for who has a part in it, and while units disagree for who decides."""
        if state := await self._seats.withdrawn_from(request.meeting_id, caller.principal):
            return reception.GetMeetingResponse(meeting=withdrawn_message(state))
        try:
            loaded = await self._seats.read(MEETING, request.meeting_id, caller.principal)
        except RefusedError as refused:
            loaded = await self._asked(caller, request.meeting_id, refused)
        return reception.GetMeetingResponse(meeting=meeting_message(loaded.state, loaded.version))

    async def _asked(self, caller: Caller, meeting_id: str, refused: RefusedError) -> Loaded[Meeting]:
        loaded = await self._streams.of(MEETING, meeting_id)
        known = {one.case_id: one for one in await self._standings.get(loaded.state.case_ids)}
        if not is_asked(loaded.state, caller.principal, known, self._directory):
            raise refused
        return loaded


Check = Callable[[MeetingDecider, str, Principal], Awaitable[None]]
"""Refuses who may not do something about a meeting."""


class Convening:
    """The handlers of every command that is judged by who is responsible for a case."""

    def __init__(self, commands: Commands, standings: Standings, seats: Seats) -> None:
        self._commands, self._standings, self._seats = commands, standings, seats

    async def convene(self, caller: Caller, request: reception.ConveneMeetingRequest) -> Message:
        """Calls a joint meeting."""
        cases = list(dict.fromkeys(request.case_ids))
        within = len(cases) <= self._commands.policy.limits.resolution_items_max  # the decision refuses more
        return await self._run(CONVENE, caller, request, cases if within else [])

    async def receive(self, caller: Caller, request: reception.ReceiveVisitRequest) -> Message:
        """Records a visit, with the case it belongs to where there is one."""
        return await self._run(VISITS, caller, request, [request.case_id] if request.case_id else [])

    def on_meetings(self) -> dict[str, Method]:
        """The methods of commands on a meeting for which its cases as they now stand are looked at."""
        methods = {name: self._method(command, self._seats.check) for name, command in ON_CASES.items()}
        return {**methods, "ResumeMeeting": self._method(RESUME, self._seats.check_anew)}

    def _method(self, command: Command, check: Check) -> Method:
        async def handle(caller: Caller, request: reception.BindResolutionRequest) -> Message:
            meeting = await self._commands.streams.of(MEETING, request.meeting_id)
            if (first := await self._commands.repeated(command, caller, request)) is not None:
                return first
            await check(MEETING, request.meeting_id, caller.principal)
            return await self._run(command, caller, request, meeting.state.case_ids)

        return Unary(command.request, handle)

    async def _run(
        self, command: Command, caller: Caller, request: Message, case_ids: Sequence[str]
    ) -> Message:
        first = await self._commands.repeated(command, caller, request)
        if first is not None:
            return first
        standings = await self._standings.get(case_ids)
        request.info.causes.extend(self._standings.causes(standings))  # type: ignore[attr-defined] # a command
        return await self._commands.run(command, caller, request, standings)


class Reactions:
    """Decides what petitions' events change on meetings."""

    def __init__(self, streams: Streams, policy: Policy) -> None:
        self._streams, self._policy = streams, policy

    def to_intake(self) -> Mapping[str, Reaction]:
        """Reactions to the intake log."""
        return {
            ResolutionItemApplied.DESCRIPTOR.full_name: self._settle,
            ResolutionItemRefused.DESCRIPTOR.full_name: self._settle,
        }

    async def _settle(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, ResolutionItemApplied | ResolutionItemRefused)
        loaded = await self._streams.of(MEETING, event.meeting_id)
        command = SettleItemRequest(
            meeting_id=event.meeting_id,
            resolution_id=event.resolution_id,
            item_id=event.item_id,
            applied=isinstance(event, ResolutionItemApplied),
            reason=event.reason if isinstance(event, ResolutionItemRefused) else "",
        )
        decision = MEETING.decide(loaded.state, command, self._context(foreign))
        if isinstance(decision, Refusal):
            log.warning("item %s is not settled: %s", event.item_id, decision.reason)
            return []
        return [Change(MEETING, loaded, decision)] if decision else []

    def _context(self, foreign: Foreign) -> Context:
        call = foreign.call
        return Context(call.now, call.occurred, call.principal, fresh_ids(), self._policy)
