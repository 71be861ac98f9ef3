"""The registrar that is the intake service, over gRPC."""

from collections.abc import Sequence
from typing import Protocol

import grpc
import grpc.aio

from huiyin.intake.v1.service_pb2 import (
    RegisterPetitionRequest,
    RegisterPetitionsRequest,
    RegisterPetitionsResponse,
    RegistrationOutcome,
)
from huiyin_cli.importing.registrar import (
    BatchRefusedError,
    ImportStoppedError,
    RegistrarUnavailableError,
)
from huiyin_cli.importing.sender import TRANSIENT
from huiyin_kernel.rpc.errors import reason_of

_UNANSWERED = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
)
_HOPELESS = frozenset(
    {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED}
)


class Intake(Protocol):
    """The one method of the intake stub that an import calls."""

    async def RegisterPetitions(  # noqa: N802 # the name in the contract
        self,
        request: RegisterPetitionsRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter: the call's deadline
    ) -> RegisterPetitionsResponse: ...


class GrpcRegistrar:
    """Registers filings with the intake service."""

    def __init__(self, intake: Intake, timeout_seconds: float) -> None:
        self._intake, self._timeout_seconds = intake, timeout_seconds

    async def register(self, batch: Sequence[RegisterPetitionRequest]) -> Sequence[RegistrationOutcome]:
        """What became of each filing, in the same order."""
        request = RegisterPetitionsRequest(petitions=batch)
        try:
            response = await self._intake.RegisterPetitions(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise _failure(error) from error
        return list(response.outcomes)


def _failure(error: grpc.aio.AioRpcError) -> Exception:
    code, reason, message = error.code(), reason_of(error), error.details() or ""
    # INTERNAL without a reason of ours comes from a connection that broke in the middle of an answer.
    broken = code is grpc.StatusCode.INTERNAL and not reason
    if code in _UNANSWERED or reason in TRANSIENT or broken:
        return RegistrarUnavailableError(message)
    if code in _HOPELESS:
        return ImportStoppedError(reason or code.name, message)
    return BatchRefusedError(reason or code.name, message)
