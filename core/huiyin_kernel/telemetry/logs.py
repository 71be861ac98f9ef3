"""Logs of a process: a JSON object for each line in files, words for people on a terminal; of every logger.

`logging.getLogger(__name__)` is how to log, with what a line is about in `extra`:

    log.warning("cannot apply %s", envelope.type, extra=about(envelope))

Three walls, for three mistakes: a field that is not on the list is named and its value left out; what looks
like an identity number, a telephone number or an address of mail is taken out of every text, errors included;
a message or bytes stand as their type alone. Names of people in free text cannot be recognised by a machine:
that no text of a petition reaches a log is the rule of the house, and tests look for planted ones.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from google.protobuf.message import Message
from structlog.typing import Processor

from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import current_traceparent

_SHOWN_APART = ("time", "level", "process", "logger", "event", "exception", "stack")


def for_people(line: Mapping[str, Any]) -> str:
    """One line for what happened, what it is about in brackets, and an error's trace below."""
    when, level, logger = (str(line.get(name, "")) for name in ("time", "level", "logger"))
    about = " ".join(f"{name}={value}" for name, value in line.items() if name not in _SHOWN_APART)
    said = f"{when} {level:<8} {logger}: {line.get('event', '')}"
    below = [str(line[name]) for name in ("exception", "stack") if name in line]
    return "\n".join([f"{said} [{about}]" if about else said, *below])


def readable(text: str) -> str:
    """The content of a log file for people; lines of others, such as PostgreSQL, stay as they are."""
    return "\n".join(_readable(line) for line in text.splitlines())


def _readable(line: str) -> str:
    if not line.startswith("{"):
        return line
    try:
        parsed = json.loads(line)
    except ValueError:  # the end of a line that began before what was read, or a line cut short
        return line
    return for_people(parsed) if "event" in parsed else line


FIELDS = frozenset(
    {
        *("time", "level", "logger", "event", "process", "exception", "stack"),
        *("trace_id", "span_id", "event_id", "log", "position", "version", "stream", "type"),
        *("case_id", "number", "sequence", "epoch", "message_id", "request_id", "correlation_id"),
        *("consumer", "source", "worker", "fold", "method", "code", "reason", "agency", "actor"),
        *("topic", "partition", "offset", "group", "attempt", "wait_seconds", "seconds", "count", "error"),
    }
)
"""Every field that a line may have. What is said of a person is none of them."""

REFUSED = "fields_refused"
HIDDEN = "▮"

# Letters of scripts that put no space between words may stand beside a number, Latin ones and digits may not.
_BEFORE, _AFTER = r"(?<![0-9A-Za-z.\-])", r"(?![0-9A-Za-z])"
_BIRTHDAY = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_KINDS = (
    rf"{_BEFORE}\d{{6}}{_BIRTHDAY}\d{{3}}[\dXx]{_AFTER}",  # identity number (GB 11643)
    rf"{_BEFORE}(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{_AFTER}",  # mobile telephone
    rf"{_BEFORE}0\d{{2,3}}-\d{{7,8}}{_AFTER}",  # telephone with area code
    r"[A-Za-z0-9_.+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+",  # address of mail
)
_PERSONAL = re.compile("|".join(_KINDS))
_INPUT_VALUE = re.compile(r"input_value=.*?, input_type")  # how pydantic quotes what it refused
_DETAIL = re.compile(r"^DETAIL: .*$", re.MULTILINE)  # how PostgreSQL quotes a row


def without_personal_data(text: str) -> str:
    """The text with what can be recognised as a person's blacked out."""
    text = _INPUT_VALUE.sub(f"input_value={HIDDEN}, input_type", text)
    return _PERSONAL.sub(HIDDEN, _DETAIL.sub(f"DETAIL: {HIDDEN}", text))


def redact(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the line as it may be written."""
    refused = sorted(name for name in line if name not in FIELDS and not name.startswith("_"))
    for name in refused:
        del line[name]
    for name, value in line.items():
        if not name.startswith("_"):
            line[name] = _shown(value)
    if refused:
        line[REFUSED] = refused
    return line


def _shown(value: object) -> object:
    match value:
        case str():
            return without_personal_data(value)
        case bool() | int() | float() | None:
            return value
        case Message():
            return f"<{value.DESCRIPTOR.full_name}>"
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case BaseException():
            return type(value).__name__
        case _:
            return without_personal_data(str(value))


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
