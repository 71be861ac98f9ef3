"""Rows in portions: what is sent in one call, with the bad rows between, so that all stay in order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.convert import Filing
from huiyin_cli.importing.faults import RowProblem
from huiyin_cli.importing.limits import ImportLimits

Entry = Filing | RowProblem


@dataclass(slots=True)
class Chunk:
    """Some rows after one another. `fraction`: how much of the file was read with them."""

    entries: list[Entry] = field(default_factory=list)
    byte_count: int = 0
    fraction: float = 0.0

    @property
    def filings(self) -> list[Filing]:
        """The rows that make filings."""
        return [entry for entry in self.entries if isinstance(entry, Filing)]

    @property
    def requests(self) -> list[RegisterPetitionRequest]:
        """What to send."""
        return [filing.request for filing in self.filings]

    def add(self, entry: Entry) -> None:
        """Takes one more row."""
        self.entries.append(entry)
        if isinstance(entry, Filing):
            self.byte_count += entry.request.ByteSize()


def chunks_of(
    entries: Iterable[Entry], fraction: Callable[[], float], limits: ImportLimits
) -> Iterator[Chunk]:
    """All rows, in portions within the limits."""
    chunk = Chunk()
    for entry in entries:
        chunk.add(entry)
        if len(chunk.entries) >= limits.batch_rows or chunk.byte_count >= limits.batch_bytes:
            chunk.fraction = fraction()
            yield chunk
            chunk = Chunk()
    chunk.fraction = 1.0
    yield chunk
