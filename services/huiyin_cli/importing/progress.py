"""Shows how an import goes on: a bar on a terminal, a line now and then elsewhere, nothing for machines."""

from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from huiyin_cli.importing.report import ImportSummary
from huiyin_cli.importing.wording import Language, progress_text

_ROWS_PER_LINE = 1000


class ProgressReporter(Protocol):
    """Is told how far an import has come."""

    def begin(self, file: str) -> None:
        """The file is open."""

    def advance(self, fraction: float, summary: ImportSummary) -> None:
        """So much of the file has been answered."""

    def note(self, text: str) -> None:
        """Something worth a line."""

    def end(self) -> None:
        """No more will come, whatever happened."""


class SilentProgress:
    """Says nothing."""

    def begin(self, file: str) -> None: ...

    def advance(self, fraction: float, summary: ImportSummary) -> None: ...

    def note(self, text: str) -> None: ...

    def end(self) -> None: ...


class PlainProgress:
    """A line every thousand rows."""

    def __init__(self, write: Callable[[str], None], language: Language) -> None:
        self._write, self._language = write, language
        self._next = _ROWS_PER_LINE

    def begin(self, file: str) -> None:
        self._write(file)

    def advance(self, fraction: float, summary: ImportSummary) -> None:
        if summary.rows_read >= self._next:
            self._write(f"{fraction:4.0%} {progress_text(summary, self._language)}")
            self._next = summary.rows_read // _ROWS_PER_LINE * _ROWS_PER_LINE + _ROWS_PER_LINE

    def note(self, text: str) -> None:
        self._write(text)

    def end(self) -> None: ...


class BarProgress:
    """A bar with the figures so far."""

    def __init__(self, console: Console, language: Language) -> None:
        self._language = language
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeElapsedColumn(),
            console=console,
        )

    def begin(self, file: str) -> None:
        self._task = self._bar.add_task(file, total=1.0, figures="")
        self._bar.start()

    def advance(self, fraction: float, summary: ImportSummary) -> None:
        self._bar.update(self._task, completed=fraction, figures=progress_text(summary, self._language))

    def note(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False)

    def end(self) -> None:
        self._bar.stop()
