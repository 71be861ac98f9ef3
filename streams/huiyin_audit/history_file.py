"""A recorded history as JSON lines: to keep a failing one, and to judge it again."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TextIO
from uuid import UUID

from huiyin.common.v1.types_pb2 import Receipt
from huiyin_audit.history import Call, History, history_of
from huiyin_store.port import RecordedEvent

FORMAT = 1
"""Version of the format, in the first line."""


class HistoryFormatError(Exception):
    """A line of the file is not part of a recorded history."""


def write_history(history: History, file: TextIO) -> None:
    """Writes the history; reading it again gives an equal one."""
    for line in _lines(history):
        file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def _lines(history: History) -> Iterator[dict[str, Any]]:
    yield {"kind": "history", "format": FORMAT, "at_rest": history.at_rest, "logs": list(history.logs)}
    for log, entries in history.logs.items():
        for entry in entries:
            yield {"kind": "event", "log": log} | _event_line(entry.record)
    for call in history.calls:
        yield {"kind": "call"} | _call_line(call)


def _event_line(event: RecordedEvent) -> dict[str, Any]:
    return {name: _written(value) for name, value in event._asdict().items()}


def _call_line(call: Call) -> dict[str, Any]:
    return {
        "request_id": call.request_id,
        "method": call.method,
        "invoked": _written(call.invoked),
        "answered": _written(call.answered),
        "status": call.status,
        "receipt": _written(None if call.receipt is None else call.receipt.SerializeToString()),
        "answer_mark": _written(call.answer_mark),
        "case_id": call.case_id,
        "epoch": call.epoch,
    }


def _written(value: object) -> object:
    match value:
        case bytes():
            return b64encode(value).decode("ascii")
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value


def read_history(file: Iterable[str]) -> History:
    """Reads a history. Raises HistoryFormatError with the number of the line that is wrong."""
    logs: dict[str, list[RecordedEvent]] = {}
    calls: list[Call] = []
    at_rest = False
    for number, text in enumerate(file, start=1):
        try:
            line = json.loads(text)
            match line["kind"]:
                case "history" if line["format"] == FORMAT:
                    at_rest, logs = line["at_rest"], {log: [] for log in line["logs"]}
                case "event":
                    logs[line["log"]].append(_event(line))
                case "call":
                    calls.append(_call(line))
                case kind:
                    raise HistoryFormatError(f"line {number}: {kind!r} of another format than {FORMAT}")
        except (ValueError, KeyError, TypeError) as error:
            raise HistoryFormatError(f"line {number} is not a line of a history: {error}") from error
    return history_of(logs, calls, at_rest)


def _event(line: dict[str, Any]) -> RecordedEvent:
    return RecordedEvent(
        position=line["position"],
        stream=line["stream"],
        version=line["version"],
        event_id=UUID(line["event_id"]),
        type=line["type"],
        recorded=datetime.fromisoformat(line["recorded"]),
        occurred=datetime.fromisoformat(line["occurred"]),
        meta=b64decode(line["meta"]),
        data=b64decode(line["data"]),
        previous_hash=b64decode(line["previous_hash"]),
        hash=b64decode(line["hash"]),
    )


def _call(line: dict[str, Any]) -> Call:
    receipt, answered = line["receipt"], line["answered"]
    return Call(
        request_id=line["request_id"],
        method=line["method"],
        invoked=datetime.fromisoformat(line["invoked"]),
        answered=datetime.fromisoformat(answered) if answered else None,
        status=line["status"],
        receipt=None if receipt is None else Receipt.FromString(b64decode(receipt)),
        answer_mark=b64decode(line["answer_mark"]),
        case_id=line["case_id"],
        epoch=line["epoch"],
    )
