"""Which failures pass by themselves, because somebody is away or busy; all others come again each time."""

import grpc
from grpc import aio
from psycopg import InterfaceError, OperationalError

from huiyin_store.port import StoreOverloadedError, StoreUnavailableError, VersionConflictError

_ERRORS = (
    StoreUnavailableError,
    StoreOverloadedError,
    VersionConflictError,
    OperationalError,
    InterfaceError,
    OSError,  # with TimeoutError and ConnectionError
)
_CODES = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
)


def is_passing(error: BaseException) -> bool:
    """Whether the same may work later, with nothing changed but the state of others."""
    if isinstance(error, aio.AioRpcError):
        return error.code() in _CODES
    return isinstance(error, _ERRORS)
