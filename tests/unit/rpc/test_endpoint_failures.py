"""What a caller is told when a call fails: whether to ask again, and nothing of our insides."""

import pytest
from google.rpc import code_pb2
from psycopg import DataError, OperationalError, errors
from psycopg_pool import PoolTimeout

from huiyin_kernel.rpc import endpoint
from huiyin_kernel.rpc.endpoint import EndpointLimits
from huiyin_store.port import StoreOverloadedError, StoreUnavailableError

LIMITS = EndpointLimits(request_bytes_max=1024, deadline_seconds=2.5)


@pytest.mark.parametrize(
    "error, code",
    [
        (StoreUnavailableError("gone"), code_pb2.UNAVAILABLE),
        (OperationalError("server closed the connection unexpectedly"), code_pb2.UNAVAILABLE),
        (errors.AdminShutdown("terminating connection"), code_pb2.UNAVAILABLE),
        (PoolTimeout("no connection in time"), code_pb2.UNAVAILABLE),
        (StoreOverloadedError("full"), code_pb2.RESOURCE_EXHAUSTED),
        (TimeoutError(), code_pb2.DEADLINE_EXCEEDED),
        (DataError("no such thing"), code_pb2.INTERNAL),
        (KeyError("a defect of ours"), code_pb2.INTERNAL),
    ],
)
def test_a_database_that_is_away_is_told_apart_from_a_defect(error: Exception, code: int) -> None:
    status = endpoint._status("Anything", error, LIMITS)
    assert status.code == code
    assert "defect of ours" not in status.message
    assert "connection" not in status.message
