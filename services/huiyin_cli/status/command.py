"""The command itself: asks, prints, and says by its exit status whether all is well."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer

from huiyin_cli.options import Json, Profile
from huiyin_cli.output import Exit, print_json, run
from huiyin_cli.status.gathering import gather
from huiyin_cli.status.report import Status
from huiyin_cli.status.tables import print_status
from huiyin_kernel.settings import Settings


def status(as_json: Json = False, profile: Profile = "auditor") -> None:
    """平台状态 · What runs, how far everything has come, what is wrong; exit status 1 when something is."""
    found = run(lambda: gather(Settings(), profile))
    if as_json:
        print_json(document(found))
    else:
        print_status(found)
    raise typer.Exit(Exit.REFUSED if found.wrong() else Exit.OK)


def document(found: Status) -> dict[str, Any]:
    """The status as JSON shows it."""
    wrong = found.wrong()
    return {**_plain(asdict(found)), "ok": not wrong, "wrong": wrong}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.isoformat()
        case float():
            return round(value, 3)
    return value
