"""The table of all periods, and the lengths that an installation gives the platform's own.

Each part of the table follows the articles of the law. What a law says is no matter of policy.

Ids are those of the domain rules, section 1.2; J1 to J3 are the judicial track's, M1 to M7 a joint
meeting's, O1 a supervision order's, C1 that of checking a report on completion, S1 that of an objection to
lateness, R1 that of a request for recusal. T7-SHADOW, C1, E1 to E21, M2 to M7, S1 and R1 are the platform's
own: they keep a case from having no next date where the law names none, and say so in their basis; which of
them an installation may set says `is_settable`, and the whole table in docs/clocks.md. T2 is at once, and T13
to T19 have no number that events of a case start. T12 cannot leave hearing time out until hearings are
events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from huiyin_domain.calendar.due import Span
from huiyin_domain.clocks.answer_rules import ANSWER_RULES, REVIEW_RULES
from huiyin_domain.clocks.ending_rules import ENDING_RULES, LATENESS_RULES, NAMED_DAY_RULES, RECUSAL_RULES
from huiyin_domain.clocks.judicial_rules import JUDICIAL_RULES, OFFER_RULES
from huiyin_domain.clocks.meeting_rules import MEETING_RULES
from huiyin_domain.clocks.procedure_rules import PROCEDURE_RULES, REMEDY_RULES
from huiyin_domain.clocks.routing_rules import COMPLETION_RULES, HANDLING_RULES, ROUTING_RULES
from huiyin_domain.clocks.rule import Rule
from huiyin_domain.codes import Verification
from huiyin_domain.refusal import Refusal, invalid

RULE_VERSION = "2022.1"
"""Goes with every due date; raise it when a row changes that gave one before."""

RULES: tuple[Rule, ...] = (
    *ROUTING_RULES,
    *COMPLETION_RULES,
    *HANDLING_RULES,
    *PROCEDURE_RULES,
    *ANSWER_RULES,
    *REVIEW_RULES,
    *REMEDY_RULES,
    *RECUSAL_RULES,
    *ENDING_RULES,
    *NAMED_DAY_RULES,
    *MEETING_RULES,
    *JUDICIAL_RULES,
    *OFFER_RULES,
    *LATENESS_RULES,
)


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
