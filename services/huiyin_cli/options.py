"""Options that many commands share."""

from typing import Annotated

import typer

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
