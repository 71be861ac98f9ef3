"""Bounds of an import, each a setting: HUIYIN_IMPORT_BATCH_ROWS=50 in the environment and so on."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ImportLimits(BaseSettings):
    """What one import may use. Memory stays within batches in flight and, for a workbook, its sheet."""

    model_config = SettingsConfigDict(env_prefix="HUIYIN_IMPORT_", frozen=True)

    batch_rows: int = Field(default=100, ge=1, le=1000)
    """Rows sent in one call."""
    batch_bytes: int = Field(default=512 << 10, ge=1)
    """Bytes after which a batch is sent though it has fewer rows; with one more row it is a whole request."""
    in_flight: int = Field(default=4, ge=1, le=64)
    """Calls waiting for an answer at a time."""
    row_bytes_max: int = Field(default=1 << 20, ge=1)
    """A longer row is reported, not sent: it would be no request that the service takes."""
    row_chars_max: int = Field(default=2 << 20, ge=1)
    """Characters of a row in a text file, quotes and escapes with it; memory stays within a few of these."""
    rows_max: int = Field(default=1_000_000, ge=1)
    """Rows of one file; what follows is reported as not read."""
    row_id_chars_max: int = Field(default=120, ge=1)
    """Longest number that a row may bring of its own."""
    code_chars_max: int = Field(default=40, ge=1)
    """Longest code or name of a code."""
    workbook_bytes_max: int = Field(default=512 << 20, ge=1)
    """A workbook that unpacks to more is not opened: its sheet is read into memory."""
    header_rows_max: int = Field(default=100, ge=1)
    """Rows looked at to find the names of the columns."""
    call_timeout_seconds: float = Field(default=30.0, gt=0)
    """Deadline of one call."""
    backoff_first_seconds: float = Field(default=0.2, ge=0)
    """First wait before a call is repeated; each next is twice as long."""
    backoff_max_seconds: float = Field(default=5.0, ge=0)
    """Longest wait before a call is repeated."""
    attempts_max: int = Field(default=40, ge=1)
    """How often a batch is sent before the import stops: about three minutes of waiting."""
