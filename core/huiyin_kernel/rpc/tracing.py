"""Passes the current trace on to whom this process calls."""

from collections.abc import Callable
from typing import Any

from grpc import aio

from huiyin_kernel.telemetry.traces import HEADER, current_traceparent


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
