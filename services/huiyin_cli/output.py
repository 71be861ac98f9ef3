"""What commands share: lines for people, one JSON document for machines, options, lists page by page."""

import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from enum import IntEnum
from typing import Annotated, Any, NoReturn, TypeVar

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


Json = Annotated[bool, typer.Option("--json", help="机器可读输出 · One JSON document for machines.")]
Language = Annotated[str, typer.Option("--lang", help="zh 或 en · Language of sentences.", metavar="zh|en")]
Profile = Annotated[
    str,
    typer.Option(
        "--as",
        envvar="HUIYIN_PROFILE",
        help="以何身份调用 · Profile to call as, such as supervisor, auditor or officer@<code>.",
    ),
]


def checked_language(language: str) -> str:
    """zh or en. Raises a usage error for anything else."""
    if language not in ("zh", "en"):
        raise typer.BadParameter(f"--lang is zh or en, not {language!r}")
    return language


PAGE_MAX = 500
"""As many as a service gives at once."""


async def listed(ask: Callable[[Any], Awaitable[Any]], request: Any, field: str, limit: int) -> list[Any]:
    """The first `limit` messages of a list: `field` is where an answer has them.

    `request` and answer are of a contract with page_size, page_token and next_page_token.
    """
    found: list[Any] = []
    request.page_size = min(limit, PAGE_MAX)
    while len(found) < limit:
        page = await ask(request)
        found.extend(getattr(page, field))
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    return found[:limit]
