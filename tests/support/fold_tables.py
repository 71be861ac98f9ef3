"""The tables that a fold host needs in a schema: a log's with its letters, and those of read models."""

from importlib.resources import files

from huiyin_store.schema import LETTER_FUNCTIONS, LETTERS, REQUEST_SCOPES, TABLES

_READ_MODELS = ("projection.sql", "set_aside.sql")

LOG_FILES = (TABLES, REQUEST_SCOPES, LETTERS, LETTER_FUNCTIONS)
"""What makes a log with its letters, but for the functions that append."""

FOLD_TABLES = "\n".join(
    [
        *(path.read_text(encoding="utf-8") for path in LOG_FILES),
        *(files("huiyin_kernel").joinpath(name).read_text(encoding="utf-8") for name in _READ_MODELS),
    ]
)
"""To be run once, with the schema alone on the search path."""
