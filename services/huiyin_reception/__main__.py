"""The reception service as a process."""

from collections.abc import Mapping

from huiyin.reception.v1 import service_pb2 as reception
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.tables import command_methods
from huiyin_kernel.service import open_service
from huiyin_reception.methods import COMMANDS, SERVICE, Convening, Queries, Reactions, Seats


async def build(host: Host) -> Parts:
    """Opens the log, wires the methods and follows intake."""
    service = await open_service(host)
    streams = service.commands.streams
    seats = Seats(streams, service.standings(), host.policy.directory)
    convening = Convening(service.commands, service.standings(), seats)
    queries = Queries(seats, streams, service.standings(), host.policy.directory)
    methods: Mapping[str, Method] = {
        **command_methods(service.commands, COMMANDS, seats),
        **convening.on_meetings(),
        "ConveneMeeting": Unary(reception.ConveneMeetingRequest, convening.convene),
        "ReceiveVisit": Unary(reception.ReceiveVisitRequest, convening.receive),
        "GetMeeting": Unary(reception.GetMeetingRequest, queries.get_meeting),
    }
    inbox = service.inbox("intake", Reactions(streams, host.policy).to_intake())
    return Parts(
        {SERVICE.full_name: methods, **service.feed_methods(), **service.letter_methods()},
        (inbox.run(host.feed("intake", inbox.types)),),
        (service.store.aclose,),
    )


if __name__ == "__main__":
    main("reception", build, ServiceLogs())
