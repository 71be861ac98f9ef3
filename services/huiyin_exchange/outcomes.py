"""What a call to an owning service came to: done, refused, failed there, or not known."""

from dataclasses import dataclass

from google.protobuf.message import Message
from grpc import StatusCode, aio

from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import DOMAIN, error_info

_REFUSED = {
    StatusCode.INVALID_ARGUMENT: Kind.INVALID,
    StatusCode.FAILED_PRECONDITION: Kind.STATE,
    StatusCode.ABORTED: Kind.STALE,
    StatusCode.PERMISSION_DENIED: Kind.FORBIDDEN,
    StatusCode.NOT_FOUND: Kind.MISSING,
}
_AGAIN = frozenset({"TOO_MANY_CONFLICTS"})
_REUSED, _BROKEN = "REQUEST_ID_REUSED", "INTERNAL"


@dataclass(frozen=True, slots=True)
class Done:
    """The command was carried out, now or before."""

    response: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """The service decided against it."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Reused:
    """Another command took effect under this request id."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The service says that it failed at this command; whether before or after it took effect is open."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, or one that decides nothing: to be asked again."""

    why: str


Outcome = Done | Refused | Reused | Broken | Unknown


def outcome_of(error: aio.AioRpcError) -> Outcome:
    """What a failed call means. A status without our own ErrorInfo says nothing about the command."""
    info, code = error_info(error), error.code()
    why = f"{code.name} {error.details() or ''}".strip()
    if info is None or info.domain != DOMAIN:
        return Unknown(why)
    if info.reason == _REUSED:
        return Reused()
    if info.reason == _BROKEN:
        return Broken()
    if code not in _REFUSED or info.reason in _AGAIN:
        return Unknown(why)
    message = (error.details() or "").removeprefix(f"{info.reason}: ")
    return Refused(Refusal(_REFUSED[code], info.reason, message, dict(info.metadata)))
