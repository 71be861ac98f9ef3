"""How agencies stand to cases, as a service learns it to judge its own callers: from intake, which knows.

A service asks for itself and passes nothing of the answer on; what its caller may see is `may`'s answer, by
the caller's own agency and roles. It is asked anew each time: who is accused now sees nothing from now on.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from grpc import aio

from huiyin.common.v1.types_pb2 import Cause
from huiyin.intake.v1.service_pb2 import GetStandingsRequest
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin.intake.v1.types_pb2 import Standing
from huiyin_domain.access import CaseFacts, facts_of
from huiyin_store.port import StoreUnavailableError

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
