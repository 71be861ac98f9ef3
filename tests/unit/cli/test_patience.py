"""A call is made again while nobody answers, and for no other reason."""

from collections.abc import Iterator

import pytest
from grpc import StatusCode, aio

from huiyin_cli.client import until_answered


def failed(code: StatusCode) -> aio.AioRpcError:
    return aio.AioRpcError(code, aio.Metadata(), aio.Metadata(), "", "")


class Service:
    """Fails in the given ways, one after the other, then answers."""

    def __init__(self, *codes: StatusCode) -> None:
        self._codes: Iterator[StatusCode] = iter(codes)
        self.calls = 0

    async def call(self) -> str:
        """The answer."""
        self.calls += 1
        code = next(self._codes, None)
        if code is not None:
            raise failed(code)
        return "answer"


async def test_what_is_not_answered_is_asked_again() -> None:
    service = Service(StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED)
    assert await until_answered(service.call, 5.0) == "answer"
    assert service.calls == 3


@pytest.mark.parametrize(
    "code", [StatusCode.FAILED_PRECONDITION, StatusCode.INTERNAL, StatusCode.PERMISSION_DENIED]
)
async def test_a_refusal_and_a_defect_are_answers(code: StatusCode) -> None:
    service = Service(code)
    with pytest.raises(aio.AioRpcError):
        await until_answered(service.call, 5.0)
    assert service.calls == 1


async def test_the_time_is_bounded() -> None:
    service = Service(*[StatusCode.UNAVAILABLE] * 100)
    with pytest.raises(aio.AioRpcError):
        await until_answered(service.call, 0.3)
    assert service.calls < 5
