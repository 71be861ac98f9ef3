"""The registrar that is the intake service, over gRPC."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol
from uuid import uuid4

import grpc
import grpc.aio

from huiyin.common.v1.types_pb2 import CommandInfo, Person
from huiyin.intake.v1.service_pb2 import (
    CorrectRegistrationRequest,
    CorrectRegistrationResponse,
    ReadPersonalDataRequest,
    ReadPersonalDataResponse,
    RegisterPetitionRequest,
    RegisterPetitionsRequest,
    RegisterPetitionsResponse,
    RegistrationOutcome,
)
from huiyin_cli.importing.sender import (
    TRANSIENT,
    BatchRefusedError,
    ImportStoppedError,
    RegistrarUnavailableError,
)
from huiyin_kernel.rpc.errors import reason_of

_UNANSWERED = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
)
_HOPELESS = frozenset(
    {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED}
)


class Intake(Protocol):
    """The methods of the intake stub that an import calls."""

    async def RegisterPetitions(  # noqa: N802 # the name in the contract
        self,
        request: RegisterPetitionsRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter: the call's deadline
    ) -> RegisterPetitionsResponse: ...

    async def CorrectRegistration(  # noqa: N802 # the name in the contract
        self,
        request: CorrectRegistrationRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter
    ) -> CorrectRegistrationResponse: ...

    async def ReadPersonalData(  # noqa: N802 # the name in the contract
        self,
        request: ReadPersonalDataRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter
    ) -> ReadPersonalDataResponse: ...


class GrpcRegistrar:
    """Registers filings with the intake service."""

    def __init__(self, intake: Intake, timeout_seconds: float) -> None:
        self._intake, self._timeout_seconds = intake, timeout_seconds

    async def register(
        self, batch: Sequence[RegisterPetitionRequest], *, trial: bool = False
    ) -> Sequence[RegistrationOutcome]:
        """What became of each filing, or would, in the same order."""
        request = RegisterPetitionsRequest(petitions=batch, trial=trial)
        with _failures():
            response = await self._intake.RegisterPetitions(request, timeout=self._timeout_seconds)
        return list(response.outcomes)

    async def correct(self, request: CorrectRegistrationRequest) -> Sequence[str]:
        """The fields of a case that were put right, or would be."""
        with _failures(of_one=True):
            response = await self._intake.CorrectRegistration(request, timeout=self._timeout_seconds)
        return list(response.fields)

    async def person(self, case_id: str) -> Person:
        """Who petitions in a case, as the record says now."""
        info = CommandInfo(request_id=str(uuid4()))
        request = ReadPersonalDataRequest(
            info=info, case_id=case_id, purposes=["petitioner"], ground="handling"
        )
        with _failures(of_one=True):
            response = await self._intake.ReadPersonalData(request, timeout=self._timeout_seconds)
        people = [one.clear.person for one in response.fields if not one.destroyed]
        return people[-1] if people else Person()


@contextmanager
def _failures(*, of_one: bool = False) -> Iterator[None]:
    """A call's failures as the port has them. What is not allowed in one case stops no import."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if of_one and error.code() is grpc.StatusCode.PERMISSION_DENIED:
            raise BatchRefusedError(reason_of(error) or error.code().name, error.details() or "") from error
        raise _failure(error) from error


def _failure(error: grpc.aio.AioRpcError) -> Exception:
    code, reason, message = error.code(), reason_of(error), error.details() or ""
    # INTERNAL without a reason of ours comes from a connection that broke in the middle of an answer.
    broken = code is grpc.StatusCode.INTERNAL and not reason
    if code in _UNANSWERED or reason in TRANSIENT or broken:
        return RegistrarUnavailableError(message)
    if code in _HOPELESS:
        return ImportStoppedError(reason or code.name, message)
    return BatchRefusedError(reason or code.name, message)
