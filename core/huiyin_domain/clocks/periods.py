"""Lengths that an installation gives the platform's own periods. What a law says is no matter of policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from huiyin_domain.calendar.due import Span
from huiyin_domain.clocks.rule import Rule
from huiyin_domain.clocks.rules import RULE_VERSION, RULES
from huiyin_domain.codes import Verification
from huiyin_domain.refusal import Refusal, invalid


@dataclass(frozen=True, slots=True)
class Periods:
    """Spans by the id of their row. `version` names the file and its content: it stands in each due date."""

    version: str = ""
    spans: Mapping[str, Span] = field(default_factory=dict)


def is_settable(rule: Rule) -> bool:
    """Only a row that the platform derived itself, and that counts a length."""
    return rule.verification is Verification.DERIVED and rule.span is not None


def rules_with(periods: Periods, rules: Iterable[Rule] = RULES) -> tuple[Rule, ...] | Refusal:
    """The table with these lengths; a refusal where a row is unknown or no matter of policy."""
    rows = tuple(rules)
    faults = (_fault(rule_id, rows) for rule_id in periods.spans)
    return next((fault for fault in faults if fault), None) or tuple(_with(rule, periods) for rule in rows)


def _fault(rule_id: str, rows: tuple[Rule, ...]) -> Refusal | None:
    found = [rule for rule in rows if rule.id == rule_id]
    if not found:
        return invalid(
            "NO_SUCH_PERIOD", f"{rule_id} is no period: take an id of docs/clocks.md", rule=rule_id
        )
    if all(is_settable(rule) for rule in found):
        return None
    message = f"{rule_id} is not the platform's own ({found[0].basis.en}): only rows marked [D] can be set"
    return invalid("PERIOD_NOT_SETTABLE", message, rule=rule_id)


def _with(rule: Rule, periods: Periods) -> Rule:
    """A row that keeps its length keeps its version too: what was said by it stays said."""
    span = periods.spans.get(rule.id, rule.span)
    return (
        rule if span == rule.span else replace(rule, span=span, version=f"{RULE_VERSION}+{periods.version}")
    )
