"""The tables beside the logs: which SQL file makes which service's read models."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from huiyin_store.provision import Reader

RELAY = "relay"
"""The schema of the relay, which has no log of its own."""


def _file(package: str, name: str) -> Path:
    with as_file(files(package).joinpath(name)) as path:
        return path


READ_MODEL_TABLES: Mapping[str, Sequence[Path]] = {
    "streams": (
        _file("huiyin_kernel", "projection.sql"),
        _file("huiyin_kernel", "set_aside.sql"),
        _file("huiyin_streams", "rows.sql"),
        _file("huiyin_streams", "participation.sql"),
        _file("huiyin_streams", "registration_doubts.sql"),
        _file("huiyin_streams", "figures.sql"),
        _file("huiyin_streams", "timeline.sql"),
        _file("huiyin_streams", "timeline_aside.sql"),
        _file("huiyin_streams", "timeline_growth.sql"),
        _file("huiyin_streams", "insight.sql"),
        _file("huiyin_kernel", "policy.sql"),
        _file("huiyin_streams", "provisional.sql"),
        _file("huiyin_streams", "reading.sql"),
        _file("huiyin_streams", "figure_cells.sql"),
        _file("huiyin_streams", "case_cells.sql"),
    ),
    **dict.fromkeys(("intake", "reception", "judicial"), (_file("huiyin_kernel", "policy.sql"),)),
    "exchange": (_file("huiyin_exchange", "receipts.sql"),),
    "supervision": (
        _file("huiyin_kernel", "projection.sql"),
        _file("huiyin_kernel", "set_aside.sql"),
        _file("huiyin_supervision", "rows.sql"),
        _file("huiyin_supervision", "withdrawals.sql"),
        _file("huiyin_supervision", "causes.sql"),
        _file("huiyin_supervision", "counting.sql"),
        _file("huiyin_kernel", "policy.sql"),
        _file("huiyin_supervision", "amended.sql"),
        _file("huiyin_supervision", "provisional.sql"),
        _file("huiyin_supervision", "reading.sql"),
    ),
}
"""SQL files by schema, in order."""

_LETTERS = ("dead_letter",)


def relay_reader(password: str) -> Reader:
    """What the relay has in the database, and what it reads of others."""
    return Reader(
        password,
        (_file("huiyin_relay", "tables.sql"),),
        {
            **dict.fromkeys(("intake", "reception", "judicial", "supervision"), ("event", *_LETTERS)),
            "streams": ("timeline_entry", *_LETTERS),
            "exchange": _LETTERS,
        },
    )
