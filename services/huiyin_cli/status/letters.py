"""How many dead letters wait for somebody, by service."""

from collections.abc import AsyncIterator

from grpc import StatusCode, aio

from huiyin.dead.v1.service_pb2 import ListDeadLettersRequest
from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, KeptLetter
from huiyin_cli.client import Client
from huiyin_cli.status.report import DeadLetterState
from huiyin_kernel.settings import ServiceName

CALL_SECONDS = 3.0
PAGE_SIZE = 500
PAGES_MAX = 20
"""More are not counted: so many are wrong enough."""


async def buried(client: Client, service: ServiceName) -> DeadLetterState | None:
    """The letters that a service keeps and nobody had handled; None of one that keeps none."""
    try:
        count = 0
        async for letter in _letters(client, service):
            count += letter.state == LETTER_STATE_BURIED
    except aio.AioRpcError as error:
        return None if error.code() is StatusCode.UNIMPLEMENTED else DeadLetterState(service, None)
    return DeadLetterState(service, count)


async def _letters(client: Client, service: ServiceName) -> AsyncIterator[KeptLetter]:
    after = 0
    for _ in range(PAGES_MAX):
        request = ListDeadLettersRequest(after_sequence=after, page_size=PAGE_SIZE)
        page = await client.letters(service).ListDeadLetters(request, timeout=CALL_SECONDS)
        for letter in page.letters:
            yield letter
        after = page.next_after_sequence
        if not after:
            return
