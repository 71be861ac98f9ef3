"""Reading meetings."""

from google.protobuf.message import Message

from huiyin.reception.v1 import service_pb2 as reception
from huiyin_domain.directory import Directory
from huiyin_domain.reception.binding import is_asked
from huiyin_domain.reception.decider import MEETING
from huiyin_domain.reception.meeting import meeting_message
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import Standings
from huiyin_kernel.streams import Loaded, Streams
from huiyin_reception.seats import Seats, withdrawn_message


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
