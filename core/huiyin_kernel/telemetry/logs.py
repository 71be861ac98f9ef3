"""Logs of a process: a JSON object for each line, or words for people on a terminal; of every logger.

`logging.getLogger(__name__)` is how to log, with what a line is about in `extra`:

    log.warning("cannot apply %s", envelope.type, extra=about(envelope))
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.log_lines import for_people
from huiyin_kernel.telemetry.redaction import redact
from huiyin_kernel.telemetry.traces import current_traceparent

Format = Literal["auto", "json", "console"]

QUIET = {
    "kafka": logging.WARNING,
    "kafka.net.selector": logging.ERROR,  # it warns of every task that a busy machine makes wait
    "aiokafka": logging.WARNING,
    "asyncio": logging.WARNING,
}
"""Libraries of which only what is worse is heard."""


def start_logging(
    process: str, form: Format = "auto", level: str = "INFO", out: TextIO | None = None
) -> None:
    """Makes every logger of this process write to standard error in the one form."""
    stream = out or sys.stderr
    handler = logging.StreamHandler(stream)
    console = form == "console" or (form == "auto" and stream.isatty())
    handler.setFormatter(formatter(process, console))
    handler.addFilter(_counted)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))
    sys.excepthook = _uncaught


def formatter(process: str, console: bool = False) -> logging.Formatter:
    """Turns a record into a line."""
    pre_chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _time,
        _trace,
        _Process(process),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = _for_people if console else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=pre_chain,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _in_order, renderer],
    )


Line = MutableMapping[str, Any]

_FIRST = ("time", "level", "process", "logger", "event")


def _in_order(logger: Any, method: str, line: Line) -> Mapping[str, Any]:
    """What every line has comes first."""
    return {name: line[name] for name in _FIRST if name in line} | dict(line)


def _for_people(logger: Any, method: str, line: Line) -> str:
    return for_people(line)


def _time(logger: Any, method: str, line: Line) -> Line:
    """When it was logged (not when it was written), in UTC."""
    record = line.get("_record")
    moment = datetime.fromtimestamp(record.created, UTC) if record is not None else datetime.now(UTC)
    line["time"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return line


def _trace(logger: Any, method: str, line: Line) -> Line:
    """In which trace and span."""
    if here := current_traceparent():
        line["trace_id"], line["span_id"] = here[3:35], here[36:52]
    return line


class _Process:
    """Says which process it is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, logger: Any, method: str, line: Line) -> Line:
        line["process"] = self._name
        return line


def _counted(record: logging.LogRecord) -> bool:
    metrics.LOG_LINES.labels(record.levelname.lower()).inc()
    return True


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends the process is a line like any other."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logging.getLogger("huiyin").critical("the process fails", exc_info=(kind, error, trace))
