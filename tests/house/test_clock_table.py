"""The table of periods in the docs is the table by which clocks are counted."""

from huiyin_domain.clocks.rule import Counting, Rule, Who
from huiyin_domain.clocks.timetable import RULES
from huiyin_domain.codes import Verification
from tests.house.tree import ROOT

DOCS = ROOT / "docs" / "clocks.md"
_OWNERS = {Who.NAMED: "the unit named", Who.HOLDER: "the responsible unit", Who.PETITIONER: "the petitioner"}
_MARKS = {Verification.VERIFIED: "V", Verification.GENERAL_KNOWLEDGE: "GK", Verification.DERIVED: "D"}


def row(rule: Rule) -> str:
    """A line of the table."""
    length = {Counting.NAMED_DAY: "the day named", Counting.EXTENSION: "60 days and those granted"}
    period = rule.span.en if rule.span else length[rule.counting]
    until = ", ".join(sorted(one.value for one in rule.stops))
    cells = rule.id, period, rule.since.en, rule.act.en, until, _OWNERS[rule.who], rule.basis.en, mark(rule)
    return "| " + " | ".join(cells) + " |"


def mark(rule: Rule) -> str:
    """As the domain rules mark their statements; a rule of the platform is never called law."""
    ours = rule.basis.zh.startswith("平台规则")
    return f"[{'D' if ours else _MARKS[rule.verification]}]"


def table() -> list[str]:
    """Every row, in the order of the ids' parts; equal lines once."""
    return list(dict.fromkeys(row(rule) for rule in RULES))


def test_the_docs_have_every_row_as_it_is() -> None:
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    start = lines.index("## The table")
    found = [line for line in lines[start:] if line.startswith("| ") and not line.startswith("| id")]
    assert found == table(), "write the table again: python -m tests.house.test_clock_table"


if __name__ == "__main__":
    print("\n".join(table()))
