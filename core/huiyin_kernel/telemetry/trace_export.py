"""Where spans go: an OpenTelemetry collector, a file of JSON lines, or both. Imported only where some do.

The file is one that the processes of an installation share; for development and tests.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry import metrics, traces
from huiyin_kernel.telemetry.traces import parsed

FILE_BYTES_MAX = 100_000_000
"""A full file takes no more spans; they are counted as dropped."""


class TraceFile(SpanExporter):
    """Appends each span with one write, so that lines of several processes do not mix."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Writes the spans."""
        if os.fstat(self._file).st_size > FILE_BYTES_MAX:
            metrics.SPANS_DROPPED.labels("file").inc(len(spans))
            return SpanExportResult.FAILURE
        for span in spans:
            os.write(self._file, json.dumps(_document(span), ensure_ascii=False).encode() + b"\n")
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Closes the file."""
        os.close(self._file)


def _document(span: ReadableSpan) -> dict[str, Any]:
    context, parent = span.get_span_context(), span.parent
    return {
        "trace_id": f"{context.trace_id:032x}" if context else "",
        "span_id": f"{context.span_id:016x}" if context else "",
        "parent_id": f"{parent.span_id:016x}" if parent else "",
        "name": span.name,
        "kind": span.kind.name.lower(),
        "process": span.resource.attributes.get("service.name", ""),
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "status": span.status.status_code.name,
        "failure": span.status.description or "",
        "attributes": dict(span.attributes or {}),
    }


FLUSH_MILLISECONDS = 2000
SEND_SECONDS = 2
"""How long sending is tried, also when the process ends; then those spans are given up."""
QUEUE_MAX = 2048
"""Spans that wait to be sent; more are dropped, never waited for."""

_KINDS = {kind.name.lower(): kind for kind in trace.SpanKind}


class WrittenSpan:
    """A span of OpenTelemetry."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def note(self, **attributes: traces.Attribute) -> None:
        """Adds attributes."""
        for name, value in attributes.items():
            self._span.set_attribute(f"huiyin.{name}", value)

    def failed(self, how: str) -> None:
        """Sets the status; an error's text stays out, it might quote a person."""
        self._span.set_status(trace.StatusCode.ERROR, how)

    def end(self) -> None:
        """Ends it, now."""
        self._span.end()


class OpenTelemetryTracer:
    """Makes spans of OpenTelemetry; those that are not sampled are none."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("huiyin")

    def start(
        self,
        name: str,
        parent: str,
        kind: traces.Kind,
        attributes: dict[str, traces.Attribute],
        start_time: int | None = None,
    ) -> WrittenSpan | None:
        """A span under the parent."""
        named = {f"huiyin.{key}": value for key, value in attributes.items()}
        span = self._tracer.start_span(
            name, _context(parent), _KINDS[kind], named, start_time=start_time, record_exception=False
        )
        return WrittenSpan(span) if span.is_recording() else None


def _context(parent: str) -> Context:
    """The parent as OpenTelemetry has it; without one the span begins a trace."""
    found = parsed(parent)
    if found is None:
        return trace.set_span_in_context(trace.INVALID_SPAN)
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if found.sampled else trace.TraceFlags.DEFAULT)
    remote = trace.SpanContext(int(found.trace_id, 16), int(found.span_id, 16), True, flags)
    return trace.set_span_in_context(trace.NonRecordingSpan(remote))


def start_tracing(process: str, settings: Settings) -> Callable[[], None]:
    """Begins to write spans where the settings say; returns what writes out the last ones and ends it."""
    resource = Resource.create(
        {"service.namespace": "huiyin", "service.name": process, "service.instance.id": str(os.getpid())}
    )
    sampler = ParentBased(TraceIdRatioBased(settings.traces_ratio))
    provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
    if file := settings.traces_path:
        provider.add_span_processor(SimpleSpanProcessor(TraceFile(file)))
    if settings.traces_endpoint:
        provider.add_span_processor(_sender(settings.traces_endpoint))
    traces.use(OpenTelemetryTracer(provider))

    def stop() -> None:
        traces.use(None)
        provider.force_flush(FLUSH_MILLISECONDS)
        provider.shutdown()

    return stop


def _sender(endpoint: str) -> BatchSpanProcessor:
    # Imported here: only an installation with a collector loads a second gRPC client.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    plain = not endpoint.startswith("https://")
    exporter = OTLPSpanExporter(endpoint, insecure=plain, timeout=SEND_SECONDS)
    return BatchSpanProcessor(exporter, max_queue_size=QUEUE_MAX)
