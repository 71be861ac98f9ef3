"""The judicial service as a process."""

from collections.abc import Mapping

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_judicial.queries import Queries
from huiyin_judicial.referring import Referring
from huiyin_judicial.table import COMMANDS, SERVICE
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.opening import open_service
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.petitions import Petitions
from huiyin_kernel.rpc.tables import command_methods


async def build(host: Host) -> Parts:
    """Opens the log and wires the methods."""
    service = await open_service(host)
    seconds = host.settings.limits.deadline_seconds
    directory = host.policy.directory
    petitions = Petitions(host.channel("intake"), host.settings.log_name("intake"), seconds, directory)
    methods: Mapping[str, Method] = {
        **command_methods(service.commands, COMMANDS),
        "ReferLitigation": Unary(
            judicial.ReferLitigationRequest, Referring(service.commands, petitions).refer
        ),
        "GetReferral": Unary(judicial.GetReferralRequest, Queries(service.store).get_referral),
    }
    return Parts({SERVICE.full_name: methods, **service.feed_methods()}, close=(service.store.aclose,))


if __name__ == "__main__":
    main("judicial", build)
