"""The table of all periods; each part of it follows the articles of the law.

Ids are those of the domain rules, section 1.2; J1 to J3 are the judicial track's, M1 to M7 a joint
meeting's, O1 a supervision order's, C1 that of checking a report on completion, S1 that of an objection to
lateness, R1 that of a request for recusal. T7-SHADOW, C1, E1 to E21, M2 to M7, S1 and R1 are the platform's
own: they keep a case from having no next date where the law names none, and say so in their basis; which of
them an installation may set is in `periods`, and the whole table in docs/clocks.md. T2 is at once, and T13
to T19 have no number that events of a case start. T12 cannot leave hearing time out until hearings are
events.
"""

from huiyin_domain.clocks.answer_rules import ANSWER_RULES, REVIEW_RULES
from huiyin_domain.clocks.ending_rules import ENDING_RULES, LATENESS_RULES, NAMED_DAY_RULES, RECUSAL_RULES
from huiyin_domain.clocks.judicial_rules import JUDICIAL_RULES, OFFER_RULES
from huiyin_domain.clocks.meeting_rules import MEETING_RULES
from huiyin_domain.clocks.procedure_rules import PROCEDURE_RULES, REMEDY_RULES
from huiyin_domain.clocks.routing_rules import COMPLETION_RULES, HANDLING_RULES, ROUTING_RULES
from huiyin_domain.clocks.rule import Rule

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
