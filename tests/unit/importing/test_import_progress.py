"""Progress is a bar on a terminal, a line now and then elsewhere, and nothing for machines."""

import io

from rich.console import Console

from huiyin_cli.importing.progress import BarProgress, PlainProgress, SilentProgress
from huiyin_cli.importing.report import ImportSummary


def test_plain_progress_is_a_line_every_thousand_rows() -> None:
    lines: list[str] = []
    progress = PlainProgress(lines.append, "en")
    progress.begin("a.xlsx")
    for rows in range(100, 3600, 100):
        progress.advance(rows / 3500, ImportSummary(rows_read=rows, registered=rows))
    progress.note("The service does not answer; trying again.")
    progress.end()
    assert [line.split()[:2] for line in lines[1:4]] == [["29%", "1000"], ["57%", "2000"], ["86%", "3000"]]
    assert (lines[0], lines[4], len(lines)) == ("a.xlsx", "The service does not answer; trying again.", 5)


def test_the_bar_shows_name_share_and_figures_and_notes_above_it() -> None:
    screen = io.StringIO()
    progress = BarProgress(Console(file=screen, force_terminal=True, width=120), "zh")
    progress.begin("[信访].xlsx")
    progress.advance(0.5, ImportSummary(rows_read=2163, registered=2160, refused=3))
    progress.note("content ← [留言详情]")
    progress.end()
    shown = screen.getvalue()
    assert "[信访].xlsx" in shown
    assert "50%" in shown
    assert "登记 2160" in shown
    assert "content ← [留言详情]" in shown


def test_a_bar_that_ends_before_it_begins_is_no_error() -> None:
    BarProgress(Console(file=io.StringIO()), "zh").end()


def test_silence_is_silent() -> None:
    progress = SilentProgress()
    progress.begin("a.xlsx")
    progress.advance(1.0, ImportSummary())
    progress.note("x")
    progress.end()
