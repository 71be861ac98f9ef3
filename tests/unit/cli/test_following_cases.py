"""Following cases ends when somebody wants it to, however the call under way takes that."""

import asyncio

import pytest
from grpc import StatusCode, aio

from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin_cli import events


class Call:
    """A call that never has anything, and that ends as a lost one does when it is cancelled."""

    async def read(self) -> object:
        try:
            return await asyncio.Future()
        except asyncio.CancelledError:
            raise aio.AioRpcError(StatusCode.CANCELLED, aio.Metadata(), aio.Metadata(), "", "") from None


class Timeline:
    """The stub of a client."""

    def SubscribeCases(self, request: SubscribeCasesRequest) -> Call:  # noqa: N802 # as the contract has it
        return Call()


class Client:
    """A client with a timeline alone."""

    timeline = Timeline()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *error: object) -> None: ...


async def test_a_ctrl_c_is_not_taken_for_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "open_client", lambda profile: Client())
    following = asyncio.ensure_future(anext(events.followed("auditor", SubscribeCasesRequest())))
    await asyncio.sleep(0.05)
    following.cancel()
    done, _ = await asyncio.wait({following}, timeout=5)
    assert done, "it goes on"
    assert following.cancelled()
