"""The table of processes says what runs, also when whoever wrote it is gone."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from huiyin_launcher.processes import ProcessRow, ProcessTable, read_table

ROW = ProcessRow("intake", os.getpid(), datetime(2026, 3, 2, 1, tzinfo=UTC), 2)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    table = ProcessTable(tmp_path / "processes.json")
    rows = [ROW, ProcessRow("judicial", None, None, 0)]
    table.write(rows)
    assert read_table(tmp_path / "processes.json") == rows
    assert [row.is_running for row in rows] == [True, False]


def test_it_is_written_again_only_when_something_changed(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    table = ProcessTable(path)
    table.write([ROW])
    path.write_text("[]")
    table.write([ROW])
    assert read_table(path) == []
    table.write([replace(ROW, restart_count=3)])
    assert read_table(path) == [replace(ROW, restart_count=3)]


def test_a_process_that_is_gone_is_not_running() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not replace(ROW, pid=ended.pid).is_running


def test_after_an_orderly_end_nothing_ought_to_run(tmp_path: Path) -> None:
    table = ProcessTable(tmp_path / "processes.json")
    table.write([ROW])
    table.remove()
    assert read_table(tmp_path / "processes.json") == []
