"""From the number on a receipt to the case: asked of the case lists, which know all numbers."""

from grpc import StatusCode, aio

from huiyin.cases.v1.service_pb2 import GetCaseRequest
from huiyin.cases.v1.service_pb2_grpc import CaseServiceStub
from huiyin_domain.access import unknown_case
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_store.port import StoreUnavailableError


class CaseNumbers:
    """Finds cases by display number, as this service."""

    def __init__(self, channel: aio.Channel, timeout_seconds: float) -> None:
        self._stub, self._timeout = CaseServiceStub(channel), timeout_seconds

    async def case_id(self, display_number: str) -> str:
        """The case. Raises RefusedError when there is none, StoreUnavailableError when nobody answers."""
        try:
            request = GetCaseRequest(display_number=display_number.upper())
            found = await self._stub.GetCase(request, timeout=self._timeout)
        except aio.AioRpcError as error:
            if error.code() is StatusCode.NOT_FOUND:
                raise RefusedError(unknown_case()) from error
            raise StoreUnavailableError(f"the case lists do not answer: {error.code().name}") from error
        return str(found.summary.case_id)
