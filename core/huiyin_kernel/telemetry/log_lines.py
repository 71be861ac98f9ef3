"""Log lines as people read them, on a terminal and when a process failed; files hold the same as JSON."""

import json
from collections.abc import Mapping
from typing import Any

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
