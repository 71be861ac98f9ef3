"""Reads the versioned data that decisions depend on: calendars, code tables, the directory of agencies."""

from functools import partial
from pathlib import Path

from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import CodeTables
from huiyin_domain.context import Limits, Policy
from huiyin_kernel.policy_calendars import read_calendar
from huiyin_kernel.policy_codes import read_codes
from huiyin_kernel.policy_directory import read_directory
from huiyin_kernel.policy_files import PolicyError
from huiyin_kernel.policy_periods import read_rules

__all__ = ["DATA_DIR", "PolicyError", "load_policy"]

DATA_DIR = Path(__file__).with_name("data")
"""What is shipped; an installation gives a folder of the same form with its own directory and tables."""


def load_policy(data_dir: Path | None = None, limits: Limits | None = None) -> Policy:
    """The policy from a folder. Raises PolicyError, which names the file, the entry and what to do."""
    folder = data_dir or DATA_DIR
    codes = _code_tables(folder / "codes")
    directory = read_directory(folder / "organisations.toml", codes.divisions)
    rules = read_rules(folder / "periods.toml")
    timetable = Timetable(read_calendar(folder / "calendars"), rules=rules)
    return Policy(directory, codes, timetable, limits or Limits())


def _code_tables(folder: Path) -> CodeTables:
    table = partial(read_codes, folder)
    names = ("channel", "purpose", "content_class", "division", "source")
    return CodeTables(*map(table, names))
