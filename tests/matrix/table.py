"""The table of expected answers: for each rpc and relation, one word for each role."""

from pathlib import Path

from tests.matrix.world import RELATIONS, ROLES

FILE = Path(__file__).with_name("answers.txt")

Row = tuple[str, str]
"""An rpc, such as intake.GetPetition, and a relation."""


class TableError(Exception):
    """The table does not say what it must."""


def read(text: str) -> dict[Row, dict[str, str]]:
    """The rows. Raises TableError for one that is not whole, twice there or of no known relation."""
    rows: dict[Row, dict[str, str]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        rpc, relation, *answers = words
        if relation not in RELATIONS or len(answers) != len(ROLES) or (rpc, relation) in rows:
            raise TableError(f"this row is of no known relation, not whole, or there twice: {line}")
        rows[rpc, relation] = dict(zip(ROLES, answers, strict=True))
    return rows


def missing(rows: dict[Row, dict[str, str]], rpcs: set[str]) -> set[Row]:
    """The rows that the table lacks, or has of rpcs that are no more."""
    return {(rpc, relation) for rpc in rpcs for relation in RELATIONS} ^ rows.keys()
