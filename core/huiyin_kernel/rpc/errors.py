"""Refusals and failures as gRPC statuses with google.rpc.ErrorInfo (AIP-193)."""

from collections.abc import Iterable

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import code_pb2, error_details_pb2, status_pb2

from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.identity.tokens import UnauthenticatedError
from huiyin_store import port

DOMAIN = "huiyin"

WORDS_BYTES_MAX = 600
"""Bytes of a message or fact in a status: it travels in headers, and clients take only some kilobytes."""

_CODES = {
    Kind.INVALID: code_pb2.INVALID_ARGUMENT,
    Kind.STATE: code_pb2.FAILED_PRECONDITION,
    Kind.STALE: code_pb2.ABORTED,
    Kind.FORBIDDEN: code_pb2.PERMISSION_DENIED,
    Kind.MISSING: code_pb2.NOT_FOUND,
    Kind.BUSY: code_pb2.RESOURCE_EXHAUSTED,
}


class RefusedError(Exception):
    """Carries a refusal out of a handler to the edge."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.reason}: {refusal.message}")
        self.refusal = refusal


class StoppingError(Exception):
    """The process ends: whoever listens has to go on later."""


class StandbyError(Exception):
    """Another process of the same service is at work: this one cannot answer yet."""


def status_of(refusal: Refusal) -> status_pb2.Status:
    """The status that a client gets for a refusal."""
    facts = dict(refusal.facts)
    if refusal.article:
        facts["article"] = refusal.article
    return _status(_CODES[refusal.kind], refusal.reason, refusal.message, facts)


def unauthenticated(error: UnauthenticatedError) -> status_pb2.Status:
    """The status for a caller whose identity is not proved."""
    return _status(code_pb2.UNAUTHENTICATED, error.reason, error.message, error.facts)


def status_of_store_error(error: port.StoreError) -> status_pb2.Status:
    """The status that a client gets when the store refused or failed."""
    match error:
        case port.RequestReusedError():
            return _status(code_pb2.ALREADY_EXISTS, "REQUEST_ID_REUSED", str(error), {})
        case port.VersionConflictError():
            message = "others changed it at the same time, several times over: send the same request again"
            return _status(code_pb2.ABORTED, "TOO_MANY_CONFLICTS", message, {"stream": error.stream})
        case port.StoreOverloadedError():
            message = "too many commands are waiting: nothing was written, try again later"
            return _status(code_pb2.RESOURCE_EXHAUSTED, "OVERLOADED", message, {})
        case port.StoreUnavailableError():
            message = "the database did not answer: send the same request id again, it takes effect once"
            return _status(code_pb2.UNAVAILABLE, "STORE_UNAVAILABLE", message, {})
        case _:
            return internal()


def deadline_exceeded(seconds: float) -> status_pb2.Status:
    """The call took longer than its deadline, or than the service's own for calls without one."""
    message = f"no answer within {seconds:g} s: send the same request id again, it takes effect once"
    return _status(code_pb2.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", message, {})


def stopping() -> status_pb2.Status:
    """The process ends while someone listens."""
    message = "the service is stopping: subscribe again in a moment, from the last resume token on"
    return _status(code_pb2.UNAVAILABLE, "SERVICE_STOPPING", message, {})


def standby() -> status_pb2.Status:
    """A second process of a service waits for its turn."""
    message = "another process of this service is at work: call again in a moment"
    return _status(code_pb2.UNAVAILABLE, "STANDBY", message, {})


def internal() -> status_pb2.Status:
    """A defect of ours. The log has the details; the client gets none of them."""
    message = "the service failed; its log names the cause. Nothing is half written."
    return _status(code_pb2.INTERNAL, "INTERNAL", message, {})


def reason_of(error: grpc.RpcError) -> str:
    """The machine-readable reason in a failed call; empty when it carries none."""
    info = error_info(error)
    return info.reason if info else ""


def error_info(error: grpc.RpcError) -> error_details_pb2.ErrorInfo | None:
    """The ErrorInfo in a failed call, if it carries one."""
    trailing: Iterable[tuple[str, str | bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment] # the stub types it as one pair
    packed = next((value for key, value in trailing if key == "grpc-status-details-bin"), None)
    if not isinstance(packed, bytes):
        return None
    for detail in status_pb2.Status.FromString(packed).details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info
    return None


def _status(code: int, reason: str, message: str, facts: dict[str, str]) -> status_pb2.Status:
    detail = Any()
    bounded = {name: _bounded(fact) for name, fact in facts.items()}
    detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=bounded))
    return status_pb2.Status(code=code, message=f"{reason}: {_bounded(message)}", details=[detail])


def _bounded(words: str) -> str:
    octets = words.encode()
    if len(octets) <= WORDS_BYTES_MAX:
        return words
    return octets[: WORDS_BYTES_MAX - 3].decode(errors="ignore") + "…"
