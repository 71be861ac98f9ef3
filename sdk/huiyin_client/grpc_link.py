"""Over gRPC: streams that are opened again, from where they were, whenever they break off."""

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import grpc

from huiyin.exchange.v1.service_pb2 import PublishMessagesRequest, SubscribeReceiptsRequest
from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin_client.calls import Calls
from huiyin_client.errors import MessageIdReusedError, NoAnswerError, call_error, is_passing
from huiyin_client.messages import Passed

ItemT = TypeVar("ItemT")

RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.1, 5.0


class GrpcLink:
    """The way over gRPC."""

    name = "gRPC"

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def publish(self, message: AgencyMessage, seconds: float) -> AgencyReceipt:
        """The message's receipt. Raises NoAnswerError, MessageIdReusedError or CallError."""
        until, wait = time.monotonic() + seconds, RETRY_SECONDS_FIRST
        while (left := until - time.monotonic()) > 0:
            try:
                requests = iter([PublishMessagesRequest(message=message)])
                for answer in self._calls.exchange.PublishMessages(requests, timeout=left):
                    if answer.message_id_reused:
                        raise MessageIdReusedError(answer.receipt)
                    receipt: AgencyReceipt = answer.receipt
                    return receipt
            except grpc.RpcError as error:
                if not is_passing(error):
                    raise call_error(error) from error
            time.sleep(min(wait, max(0.0, until - time.monotonic())))
            wait = min(wait * 2, RETRY_SECONDS_MAX)
        raise NoAnswerError(f"no receipt for {message.message_id} within {seconds:g} s")

    def cases(self, place: str, *, follow: bool) -> Iterator[Passed]:
        """Entries behind a resume token; heartbeats move the place only."""

        def open_stream() -> Any:
            request = SubscribeCasesRequest(resume_token=place, until_caught_up=not follow)
            return self._calls.timeline.SubscribeCases(request)

        for item in _items(open_stream, follow):
            place = item.resume_token
            yield Passed(item.entry if item.HasField("entry") else None, place)

    def receipts(self, after: int, *, follow: bool) -> Iterator[AgencyReceipt]:
        """Receipts with higher numbers."""

        def open_stream() -> Any:
            request = SubscribeReceiptsRequest(after_number=after, until_caught_up=not follow)
            return self._calls.exchange.SubscribeReceipts(request)

        for item in _items(open_stream, follow):
            if item.HasField("receipt"):
                after = item.receipt.number
                yield item.receipt

    def close(self) -> None:
        """The channels are those of the calls."""


def _items(open_stream: Callable[[], Any], follow: bool) -> Iterator[Any]:
    """The items of a stream that is opened again for as long as it is wanted. Raises CallError."""
    wait = RETRY_SECONDS_FIRST
    while True:
        stream = open_stream()
        try:
            for item in stream:
                wait = RETRY_SECONDS_FIRST
                yield item
            if not follow:
                return
        except grpc.RpcError as error:
            if not is_passing(error):
                raise call_error(error) from error
        finally:
            stream.cancel()
        time.sleep(wait)
        wait = min(wait * 2, RETRY_SECONDS_MAX)
