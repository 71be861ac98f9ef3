"""An empty gRPC echo over mutual TLS, as a process of its own: the raw baseline of a command's round trip."""

import asyncio
import sys
from pathlib import Path

import grpc
from grpc import aio

NAME = "huiyin.bench.Echo"


async def _echo(raw: bytes, context: object) -> bytes:
    return raw


async def serve(address: str, identity: Path) -> None:
    """Answers every call with what it was sent."""
    server = aio.server(options=(("grpc.so_reuseport", 0),))
    handlers = {"Call": grpc.unary_unary_rpc_method_handler(_echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, handlers),))
    pair = ((identity / "services/intake.key").read_bytes(), (identity / "services/intake.crt").read_bytes())
    authority = (identity / "ca.crt").read_bytes()
    credentials = grpc.ssl_server_credentials([pair], authority, require_client_auth=True)
    server.add_secure_port(address, credentials)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
