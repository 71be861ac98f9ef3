"""The judicial service as a process."""

from collections.abc import Mapping

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_judicial.methods import COMMANDS, SERVICE, Queries, Reactions
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.tables import command_methods
from huiyin_kernel.service import open_service


async def build(host: Host) -> Parts:
    """Opens the log, wires the methods and follows intake, where referrals begin."""
    service = await open_service(host)
    methods: Mapping[str, Method] = {
        **command_methods(service.commands, COMMANDS, service.entitled()),
        "GetReferral": Unary(judicial.GetReferralRequest, Queries(service.entitled()).get_referral),
    }
    inbox = service.inbox("intake", Reactions(service.commands.streams).to_intake())
    return Parts(
        {SERVICE.full_name: methods, **service.feed_methods(), **service.letter_methods()},
        (inbox.run(host.feed("intake", inbox.types)),),
        (service.store.aclose,),
    )


if __name__ == "__main__":
    main("judicial", build, ServiceLogs())
