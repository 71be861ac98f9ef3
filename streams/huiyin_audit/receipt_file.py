"""Receipts that clients kept, as JSON lines: what they hold against what the log says (promise P8)."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from google.protobuf.json_format import ParseDict, ParseError

from huiyin.common.v1.types_pb2 import Receipt


class Kept(NamedTuple):
    """A receipt, and the line of the file it stands in, from 1."""

    line: int
    receipt: Receipt


class ReceiptFileError(Exception):
    """The file, or a line of it, holds no receipt; the sentence says which line and what is wrong."""


def read_receipts(path: Path) -> list[Kept]:
    """Every receipt of a file. Raises ReceiptFileError: a line that cannot be read is never passed over."""
    try:
        with path.open(encoding="utf-8") as file:
            return list(receipts_in(path.name, file))
    except OSError as error:
        raise ReceiptFileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReceiptFileError(f"{path} is not UTF-8 at byte {error.start}") from error


def receipts_in(name: str, lines: Iterable[str]) -> Iterator[Kept]:
    """The receipts of lines: each a Receipt, or an answer that holds one, as JSON. Blank lines are none."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Kept(number, _receipt(f"{name}, line {number}", line))


def _receipt(place: str, line: str) -> Receipt:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ReceiptFileError(f"{place}: no JSON document: one receipt on each line") from error
    if isinstance(found, dict) and isinstance(found.get("receipt"), dict):
        found = found["receipt"]
    if not isinstance(found, dict):
        raise ReceiptFileError(f"{place}: no receipt: give an object with log, position and hash")
    try:
        receipt = ParseDict(found, Receipt())
    except ParseError as error:
        raise ReceiptFileError(f"{place}: no receipt: {error}") from error
    if not receipt.log or receipt.position < 1 or not receipt.hash:
        raise ReceiptFileError(f"{place}: a receipt has log, position and hash; one of them is missing")
    return receipt
