"""What an import did, in figures."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class ImportSummary:
    """Figures of an import, filled while it runs.

    Each row read is ready, refused or skipped; each ready row, once answered, is registered, repeated,
    corrected, kept or refused. `corrected` rows put their case right; `kept` ones differ from a case that was
    put right since and is left so. `refused` counts rows that are not in for any reason, `changed` those of
    them that were imported before with other content. `duplicates` are in, though an earlier row has the same
    content, and so are `doubtful` ones, of which something is reported. `skipped` rows are no filings, such
    as totals. Of a dry run the figures say what would become of the rows. `complete` is False when the import
    stopped before the last row; `stopped_reason` then says why. `sheets_failed` are those of
    `sheets_not_read` in which something stands that nobody chose to leave.
    """

    file: str = ""
    report: str = ""
    dry_run: bool = False
    service_asked: bool = False
    rows_read: int = 0
    ready: int = 0
    registered: int = 0
    repeated: int = 0
    refused: int = 0
    changed: int = 0
    corrected: int = 0
    kept: int = 0
    duplicates: int = 0
    doubtful: int = 0
    skipped: int = 0
    distinct_persons: int = 0
    seconds: float = 0.0
    complete: bool = False
    stopped_reason: str = ""
    stopped_message: str = ""
    sheets_not_read: list[str] = field(default_factory=list)
    sheets_failed: int = 0
    columns_not_imported: list[str] = field(default_factory=list)

    @property
    def rows_per_second(self) -> float:
        """Rows read in a second."""
        return self.rows_read / self.seconds if self.seconds else 0.0

    @property
    def acceptable(self) -> int:
        """Rows that nothing keeps back, as far as is known."""
        return self.rows_read - self.refused - self.skipped

    @property
    def has_report(self) -> bool:
        """Whether the report says anything."""
        told = (self.refused, self.duplicates, self.doubtful, self.skipped, self.corrected, self.kept)
        return any(told) or bool(self.sheets_not_read)

    @property
    def is_clean(self) -> bool:
        """True when every row of the file is in (or, when only checked, could be)."""
        return self.complete and not (self.refused or self.kept or self.sheets_failed)
