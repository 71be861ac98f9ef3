"""Asks processes whether they are ready: services by the gRPC health service, others by their metrics."""

from http.client import HTTPConnection, HTTPException

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_launcher.embedded.ports import LOOPBACK

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


def is_telling(port: int) -> bool:
    """Whether a process shows its metrics on the port."""
    connection = HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
