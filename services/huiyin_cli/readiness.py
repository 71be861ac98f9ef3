"""Asks services whether they serve, through the standard gRPC health service."""

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from huiyin_kernel.rpc.client import ClientIdentity

ANSWER_SECONDS = 1.0


def is_serving(address: str, identity: ClientIdentity) -> bool:
    """Whether the service at the address says that it serves."""
    with grpc.secure_channel(address, identity.credentials()) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=ANSWER_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
