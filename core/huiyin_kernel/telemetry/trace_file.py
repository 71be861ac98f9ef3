"""Spans as JSON lines in a file that the processes of an installation share; for development and tests."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from huiyin_kernel.telemetry import metrics

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
