"""What is asked of meetings: as they stand, and withdrawn to all who were called while one is accused."""

from google.protobuf.message import Message

from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1.types_pb2 import MEETING_STATUS_WITHDRAWN
from huiyin_domain.access import kept_out_by, scope
from huiyin_domain.context import Principal
from huiyin_domain.decider import Decider
from huiyin_domain.directory import Directory
from huiyin_domain.reception.binding import is_asked
from huiyin_domain.reception.guards import reads_withdrawn, withdrawn
from huiyin_domain.reception.meeting import MEETING, meeting_message
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import KnowsCases, Standings
from huiyin_kernel.rpc.tables import Entitled, StateT
from huiyin_kernel.streams import Loaded, Streams


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
