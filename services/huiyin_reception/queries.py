"""Reading meetings."""

from google.protobuf.message import Message

from huiyin.reception.v1 import service_pb2 as reception
from huiyin_domain.reception.decider import MEETING
from huiyin_domain.reception.reading import meeting_message
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.reading import Entitled


class Queries:
    """The reading methods of ReceptionService."""

    def __init__(self, entitled: Entitled) -> None:
        self._entitled = entitled

    async def get_meeting(self, caller: Caller, request: reception.GetMeetingRequest) -> Message:
        """The state of a meeting."""
        loaded = await self._entitled.read(MEETING, request.meeting_id, caller.principal)
        return reception.GetMeetingResponse(meeting=meeting_message(loaded.state, loaded.version))
