"""A view that was dropped, or closed to the auditor: it cannot be compared, and does not pass for it."""

from collections.abc import Sequence

from psycopg import Error, errors

from huiyin_audit.checks.replay_exact import promise
from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.reach import Reach
from huiyin_audit.verdict import Verdict, verdict

VIEW_UNREADABLE = Rule(
    "VIEW_UNREADABLE",
    "现有视图无法读取：{error}",
    "the live view cannot be read: {error}",
)

UNREADABLE = (errors.UndefinedTable, errors.UndefinedColumn, errors.InsufficientPrivilege)
"""What the database says of it."""


def unreadable(model: str, error: Error, reach: Sequence[Reach]) -> Verdict:
    """The verdict on such a model."""
    return verdict(promise(model), [finding_of(model, error)], (), reach)


def finding_of(view: str, error: Error) -> Finding:
    """The same as a finding."""
    return VIEW_UNREADABLE.at(Place(view), error=error.diag.message_primary)
