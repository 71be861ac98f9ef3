"""Which reception rpcs are commands, and on which stream."""

from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1.events_pb2 import MeetingConvened, ResolutionProposed, VisitReceived
from huiyin_domain.reception.centre import CENTRE, VISIT
from huiyin_domain.reception.meeting import MEETING
from huiyin_kernel.commands import Command
from huiyin_kernel.rpc.tables import command

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
