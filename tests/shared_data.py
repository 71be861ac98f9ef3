"""Where real input for tests lies: HUIYIN_SHARED_DATA, else shared/data beside the project; else a skip."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_case(name: str) -> Path:
    """A small input that went wrong somewhere; they lie beside the real input, in `cases`."""
    return shared_file(f"../cases/{name}")


def shared_file(name: str) -> Path:
    """A file of real input. Skips the test, with a word, where there is none."""
    folder = Path(os.environ.get("HUIYIN_SHARED_DATA") or _BESIDE)
    path = folder / name
    if not path.exists():
        pytest.skip(f"{name} is not here: point HUIYIN_SHARED_DATA at a folder that has it")
    return path
