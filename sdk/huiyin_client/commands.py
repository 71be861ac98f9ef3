"""Many commands over one call: sent one after the other, each answered when it is decided."""

import queue
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.message import Message

from huiyin.command.v1.service_pb2 import CommandRefusal, SendCommandsRequest
from huiyin_client.errors import CallError, NoAnswerError, call_error, is_passing
from huiyin_client.messages import unpacked

SENT_AHEAD_MAX = 32
"""Commands that wait to be sent; `send` waits when there are more. The service takes a few at a time."""

_CODES = {code.value[0]: code.name for code in grpc.StatusCode}


class CommandStream:
    """One call to a service. Opened by `Agency.commands`; to be closed, or used in a `with`.

    A command carries its own `info.request_id`, as in a call of its own, and takes effect once, however it
    was sent and however often.
    """

    def __init__(self, stub: Any) -> None:
        self._to_send: queue.Queue[SendCommandsRequest | None] = queue.Queue(SENT_AHEAD_MAX)
        self._waiting = dict[int, Future[Any]]()
        self._lock, self._sent = threading.Lock(), 0
        self._error: Exception | None = None
        self._answers = stub.SendCommands(iter(self._to_send.get, None))
        self._reading = threading.Thread(target=self._read, name="huiyin commands", daemon=True)
        self._reading.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, command: Message) -> "Future[Any]":
        """Sends the request of a command of the service; what the future gives is its rpc's response.

        It raises CallError when the command is refused, and NoAnswerError when the call broke off before an
        answer: open another and send the same command again. Waits while many are on the way.
        """
        answer: Future[Any] = Future()
        with self._lock:
            if self._error is not None:
                raise self._error
            self._sent += 1
            number = self._sent
            self._waiting[number] = answer
        request = SendCommandsRequest(number=number)
        request.command.Pack(command)
        self._put(request)
        return answer

    def close(self) -> None:
        """Waits for the answers to what was sent, and ends the call."""
        self._put(None)
        self._reading.join()

    def _put(self, request: SendCommandsRequest | None) -> None:
        while self._reading.is_alive():
            try:
                self._to_send.put(request, timeout=0.5)
                return
            except queue.Full:
                continue

    def _read(self) -> None:
        broken: Exception = NoAnswerError("the call ended: open another, and send again what has no answer")
        try:
            for one in self._answers:
                self._answered(one.number, one)
        except grpc.RpcError as error:
            broken = NoAnswerError(str(call_error(error))) if is_passing(error) else call_error(error)
        with self._lock:
            self._error, left = broken, [*self._waiting.values()]
            self._waiting.clear()
        for answer in left:
            answer.set_exception(broken)

    def _answered(self, number: int, one: Any) -> None:
        with self._lock:
            answer = self._waiting.pop(number)
        if one.HasField("refusal"):
            answer.set_exception(_error(one.refusal))
        else:
            answer.set_result(unpacked(one.response))


def _error(refusal: CommandRefusal) -> CallError:
    code = _CODES.get(refusal.code, "UNKNOWN")
    return CallError(code, refusal.reason, refusal.message, refusal.facts)
