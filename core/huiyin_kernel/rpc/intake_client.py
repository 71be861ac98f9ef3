"""Asking intake about cases, which knows them: what other services check before they act on one.

A service asks for itself and passes nothing of the answer on; what its caller may see is `may`'s answer, by
the caller's own agency and roles. It is asked anew each time: who is accused now sees nothing from now on.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import Cause, CommandInfo
from huiyin.intake.v1.service_pb2 import GetPetitionRequest, GetStandingsRequest, Petition
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin.intake.v1.types_pb2 import Standing
from huiyin_domain.access import CaseFacts, accused_unit, facts_of, kept_out_by, unknown_case
from huiyin_domain.directory import Directory
from huiyin_domain.refusal import invalid
from huiyin_kernel.codec import instant
from huiyin_kernel.identity.authenticate import ON_BEHALF_OF, Pairs, bearer
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_store.port import StoreUnavailableError


def as_caller(caller: Caller) -> Pairs:
    """What makes a call to another service the caller's own: its token, or its agency's name without one."""
    return bearer(caller.token) if caller.token else ((ON_BEHALF_OF, caller.principal.acting_agency),)


class Petitions:
    """Reads petitions from the intake service as the caller, who sees there what it may and no more."""

    def __init__(
        self, channel: aio.Channel, log_name: str, timeout_seconds: float, directory: Directory
    ) -> None:
        self._stub, self._log, self._timeout = IntakeServiceStub(channel), log_name, timeout_seconds
        self._kept_out = kept_out_by(directory)

    async def get(self, case_id: str, caller: Caller, told: Collection[str] = ()) -> Petition:
        """The petition; `told` are the agencies that will learn of what is done about it.

        Raises RefusedError when there is none or one of those is kept from it, StoreUnavailableError when
        intake is away. A case in which the caller's agency is accused is not there for it, here as in intake
        (Art. 30(3)).
        """
        petition = await self._get(case_id, caller)
        if kept_out := self._kept_out(petition.accused_units).intersection(told):
            raise RefusedError(accused_unit(", ".join(sorted(kept_out))))
        return petition

    async def _get(self, case_id: str, caller: Caller) -> Petition:
        try:
            request, metadata = GetPetitionRequest(case_id=case_id), as_caller(caller)
            response = await self._stub.GetPetition(request, timeout=self._timeout, metadata=metadata)
        except aio.AioRpcError as error:
            if error.code() is StatusCode.NOT_FOUND:
                raise RefusedError(unknown_case()) from error
            raise StoreUnavailableError(f"intake does not answer: {error.code().name}") from error
        return response.petition

    def follow(self, info: CommandInfo, petition: Petition) -> None:
        """The act of a command comes after what was seen of the petition, and not before its receipt.

        Raises RefusedError.
        """
        if info.HasField("occurred_time") and instant(info.occurred_time) < instant(petition.received_time):
            received = instant(petition.received_time).isoformat()
            message = (
                f"info.occurred_time lies before the petition was received, on {received}: mend the time"
            )
            raise RefusedError(invalid("BEFORE_RECEIPT", message, received=received))
        info.causes.append(self.cause(petition))

    def cause(self, petition: Petition) -> Cause:
        """What was seen of the petition: its events come before what follows from it."""
        return Cause(stream=f"petition-{petition.case_id}", version=petition.version, log=self._log)


CASES_MAX = 500
"""Cases asked about in one call."""


class KnowsCases(Protocol):
    """Tells what access to cases is judged by. Cases that do not exist are left out."""

    async def of(self, case_ids: Collection[str]) -> Mapping[str, CaseFacts]:
        """The facts by case id. Raises StoreUnavailableError."""
        ...


class Standings:
    """Asks the intake service, as this service and for its own judgement alone."""

    def __init__(self, channel: aio.Channel, log_name: str, timeout_seconds: float) -> None:
        self._stub, self._log, self._timeout = IntakeServiceStub(channel), log_name, timeout_seconds

    async def of(self, case_ids: Collection[str]) -> Mapping[str, CaseFacts]:
        """The facts that access is judged by."""
        return {standing.case_id: facts_of(standing) for standing in await self.get(case_ids)}

    async def get(self, case_ids: Collection[str]) -> Sequence[Standing]:
        """The standings of those cases that there are. Raises StoreUnavailableError when intake is away."""
        wanted, found = list(dict.fromkeys(case_ids)), list[Standing]()
        for start in range(0, len(wanted), CASES_MAX):
            request = GetStandingsRequest(case_ids=wanted[start : start + CASES_MAX])
            try:
                response = await self._stub.GetStandings(request, timeout=self._timeout)
            except aio.AioRpcError as error:
                raise StoreUnavailableError(f"intake does not answer: {error.code().name}") from error
            found += response.standings
        return found

    def causes(self, standings: Sequence[Standing]) -> list[Cause]:
        """What was seen of the cases: their events come before what follows from it."""
        return [
            Cause(stream=f"petition-{one.case_id}", version=one.version, log=self._log) for one in standings
        ]
