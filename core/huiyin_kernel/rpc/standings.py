"""Asking intake who has what to say in cases: what authority over them is judged by, and shown to nobody."""

from collections.abc import Sequence

from grpc import aio

from huiyin.common.v1.types_pb2 import Cause
from huiyin.intake.v1.service_pb2 import GetStandingsRequest
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin.intake.v1.types_pb2 import Standing
from huiyin_kernel.store.port import StoreUnavailableError


class Standings:
    """Asks the intake service, as this service and for its own judgement alone."""

    def __init__(self, channel: aio.Channel, log_name: str, timeout_seconds: float) -> None:
        self._stub, self._log, self._timeout = IntakeServiceStub(channel), log_name, timeout_seconds

    async def get(self, case_ids: Sequence[str]) -> Sequence[Standing]:
        """The standings of those cases that there are. Raises StoreUnavailableError when intake is away."""
        if not case_ids:
            return ()
        try:
            request = GetStandingsRequest(case_ids=case_ids)
            response = await self._stub.GetStandings(request, timeout=self._timeout)
        except aio.AioRpcError as error:
            raise StoreUnavailableError(f"intake does not answer: {error.code().name}") from error
        return response.standings

    def causes(self, standings: Sequence[Standing]) -> list[Cause]:
        """What was seen of the cases: their events come before what follows from it."""
        return [
            Cause(stream=f"petition-{one.case_id}", version=one.version, log=self._log) for one in standings
        ]
