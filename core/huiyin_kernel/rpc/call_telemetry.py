"""Counts, times and traces the calls of a method, and passes the trace on to whom this process calls."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import grpc
from google.rpc import status_pb2
from grpc import aio
from prometheus_client import Histogram

from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import HEADER, Span, current_traceparent, span, tracing

Kind = Literal["unary", "stream"]

_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}
_FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
"""Codes that say the server failed; with the others it did its work, and the caller was wrong or late."""


class WatchedCall:
    """One call; who never says how it ended was cut off."""

    __slots__ = ("code", "reason")

    def __init__(self) -> None:
        self.code = "CANCELLED"
        self.reason = ""

    def answered(self) -> None:
        """It was answered."""
        self.code = "OK"

    def failed(self, status: status_pb2.Status) -> None:
        """It ended with a status of ours, whose message begins with its reason (rpc/errors.py)."""
        self.code = _NAMES[status.code]
        self.reason = status.message.partition(":")[0]
        metrics.REFUSALS.labels(self.reason).inc()

    def tell(self, here: Span) -> None:
        """Says in its span how it ended."""
        here.note(code=self.code)
        if self.reason:
            here.note(reason=self.reason)
        if self.code in _FAULTS:
            here.failed(self.reason)


class MethodWatch:
    """The calls of one method."""

    def __init__(self, method: str, kind: Kind) -> None:
        self._method, self._kind = method, kind
        self._under_way = metrics.RPC_UNDER_WAY.labels(kind)
        self._seconds: dict[str, Histogram] = {}

    @contextmanager
    def call(self, context: Any) -> Iterator[WatchedCall]:
        """A call while it is under way. Subscriptions have no span: they last for days."""
        call, begun = WatchedCall(), time.perf_counter()
        parent = _traceparent(context) if self._kind == "unary" else ""
        self._under_way.inc()
        try:
            if parent or (self._kind == "unary" and tracing()):
                with span(self._method, parent, "server") as here:
                    yield call
                    call.tell(here)
            else:
                yield call
        finally:
            self._under_way.dec()
            self._seconds_of(call.code).observe(time.perf_counter() - begun)

    def _seconds_of(self, code: str) -> Histogram:
        if code not in self._seconds:
            self._seconds[code] = metrics.RPC_SECONDS.labels(self._method, code)
        return self._seconds[code]


def _traceparent(context: Any) -> str:
    """What the caller sent; checked where it is used."""
    for name, value in context.invocation_metadata() or ():
        if name == HEADER:
            return str(value)
    return ""


class PassTraceOn(aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg] # not generic at run time
    """Adds traceparent to the metadata of a call made while something is traced."""

    async def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], details: Any, request: Any
    ) -> Any:
        here = current_traceparent()
        if not here:
            return await continuation(details, request)
        metadata = aio.Metadata(*(details.metadata or ()), (HEADER, here))
        return await continuation(details._replace(metadata=metadata), request)
