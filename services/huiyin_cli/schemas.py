"""The tables beside the logs: which SQL file makes which service's read models."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path


def _file(package: str, name: str) -> Path:
    with as_file(files(package).joinpath(name)) as path:
        return path


READ_MODEL_TABLES: Mapping[str, Sequence[Path]] = {
    "streams": (
        _file("huiyin_kernel", "projection.sql"),
        _file("huiyin_streams", "rows.sql"),
        _file("huiyin_streams", "figures.sql"),
        _file("huiyin_streams", "timeline.sql"),
    ),
    "exchange": (_file("huiyin_exchange", "receipts.sql"),),
    "supervision": (_file("huiyin_kernel", "projection.sql"), _file("huiyin_supervision", "rows.sql")),
}
"""SQL files by schema, in order."""
