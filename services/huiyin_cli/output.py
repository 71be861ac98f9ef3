"""What every command prints: plain lines for people, one JSON document for machines."""

import json
import sys
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any, NoReturn, TypeVar

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

ResultT = TypeVar("ResultT")


PROVISIONAL = "（暂定 · provisional）"
"""Stands beside a last day that a missing calendar may still move."""


class Exit(IntEnum):
    """Exit status of every command."""

    OK = 0
    REFUSED = 1  # refused, failed, or found something
    USAGE = 2
    BEHIND = 3  # nothing wrong as far as it was judged, but that is not the whole, or it cannot be told


def print_json(document: Any) -> None:
    """One JSON document on standard output, at once: who follows a log through a pipe waits for it."""
    print(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True), flush=True)


def message_dict(message: Message) -> Any:
    """A message as JSON shows it, with its own field names and every field present."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def run(work: Callable[[], Coroutine[Any, Any, ResultT]]) -> ResultT:
    """Runs a command's work; what goes wrong is said in one sentence, with exit status 1."""
    # Imported here, so that commands that call nobody start without them.
    import asyncio

    from grpc import aio

    from huiyin_kernel.identity.files import KeyFileError
    from huiyin_kernel.identity.profiles import UnknownProfileError

    try:
        return asyncio.run(work())
    except aio.AioRpcError as error:
        fail(_sentence(error))
    except (UnknownProfileError, KeyFileError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.OK) from None


def fail(sentence: str, status: Exit = Exit.REFUSED) -> NoReturn:
    """Says what is wrong on standard error and ends."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(status)


def _sentence(error: Any) -> str:
    from grpc import StatusCode

    from huiyin_kernel.rpc.errors import error_info

    if error_info(error) is None and error.code() is StatusCode.UNAVAILABLE:
        return "平台没有应答；请先运行 make run。The platform does not answer: start it with `make run`."
    return str(error.details())
