"""The exchange as a process."""

from huiyin.exchange.v1 import service_pb2 as exchange
from huiyin_kernel.host import Host, Parts, main

SERVICE = exchange.DESCRIPTOR.services_by_name["ExchangeService"]


async def build(host: Host) -> Parts:
    """Opens what the exchange needs and wires its methods."""
    return Parts({SERVICE.full_name: {}})


if __name__ == "__main__":
    main("exchange", build)
