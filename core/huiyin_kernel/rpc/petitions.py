"""Asking intake about a petition: what other services check before they act on a case."""

from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import Cause
from huiyin.intake.v1.service_pb2 import GetPetitionRequest, Petition
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin_domain.access import unknown_case
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.store.port import StoreUnavailableError


class Petitions:
    """Reads petitions from the intake service, as this service."""

    def __init__(self, channel: aio.Channel, log_name: str, timeout_seconds: float) -> None:
        self._stub, self._log, self._timeout = IntakeServiceStub(channel), log_name, timeout_seconds

    async def get(self, case_id: str) -> Petition:
        """The petition. Raises RefusedError when there is none, StoreUnavailableError when intake is away."""
        try:
            request = GetPetitionRequest(case_id=case_id)
            response = await self._stub.GetPetition(request, timeout=self._timeout)
        except aio.AioRpcError as error:
            if error.code() is StatusCode.NOT_FOUND:
                raise RefusedError(unknown_case()) from error
            raise StoreUnavailableError(f"intake does not answer: {error.code().name}") from error
        return response.petition

    async def current(self, case_id: str, epoch: int) -> Petition:
        """The petition, if the epoch is its current one. Raises RefusedError with STALE_EPOCH otherwise."""
        petition = await self.get(case_id)
        if petition.epoch != epoch:
            message = f"epoch {epoch} is not the current epoch {petition.epoch}: read the case again"
            facts = {"epoch": str(petition.epoch), "responsible_unit": petition.responsible_unit}
            raise RefusedError(Refusal(Kind.STALE, "STALE_EPOCH", message, facts))
        return petition

    def cause(self, petition: Petition) -> Cause:
        """What was seen of the petition: its events come before what follows from it."""
        return Cause(stream=f"petition-{petition.case_id}", version=petition.version, log=self._log)
