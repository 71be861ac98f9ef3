"""Processes log JSON to files and words to terminals, and the end of a failed one's log can be read."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from huiyin_kernel.telemetry.logs import formatter, readable
from huiyin_kernel.telemetry.traces import span
from huiyin_launcher.processes import last_words

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("some.logger", logging.WARNING, "file.py", 1, message, (), None)


def process(code: str, *form: str) -> str:
    """What a process wrote to standard error."""
    begin = f"from huiyin_kernel.telemetry.logs import start_logging; start_logging('intake', *{form})"
    program = [sys.executable, "-c", f"{begin}\n{code}"]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=60).stderr


def test_a_line_within_a_span_names_trace_and_span() -> None:
    with span("work", parent=PARENT):
        line = json.loads(formatter("intake").format(record("within")))
    assert (line["trace_id"], line["span_id"]) == (PARENT[3:35], PARENT[36:52])
    assert "trace_id" not in json.loads(formatter("intake").format(record("outside")))


def test_what_ends_a_process_is_a_line_like_any_other() -> None:
    (line,) = process("raise ValueError('no good: 13900990017')").splitlines()
    parsed = json.loads(line)
    assert (parsed["level"], parsed["process"]) == ("critical", "intake")
    assert "ValueError: no good: ▮" in parsed["exception"]


def test_warnings_and_libraries_are_lines_too_and_noisy_ones_are_quiet() -> None:
    said = process(
        "import logging, warnings\n"
        "logging.getLogger('kafka.conn').info('noise')\n"
        "logging.getLogger('kafka.conn').warning('bad certificate')\n"
        "warnings.warn('old')\n"
    )
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["logger"] for line in lines] == ["kafka.conn", "py.warnings"]


def test_a_person_reads_words() -> None:
    code = "import logging; logging.getLogger('a.b').error('it broke', extra={'position': 3})"
    assert process(code, "console").endswith("Z error    a.b: it broke [position=3]\n")


def test_the_last_words_of_a_process_are_shown_as_words(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    said = process("raise SystemExit('no')") + process("raise ValueError('no good')")
    log.write_text(said, encoding="utf-8")
    shown = last_words(log)
    assert shown.startswith("no\n")
    assert "critical huiyin: the process fails\nTraceback" in shown
    assert "{" not in shown


@pytest.mark.parametrize("line", ["plain words", '{"cut short', '{"other": 1}', "{}"])
def test_lines_of_others_stay_as_they_are(line: str) -> None:
    assert readable(line) == line
