"""The time to decide on an objection to lateness: no law names one, the platform does."""

from huiyin_domain.calendar.due import Span, SpanUnit
from huiyin_domain.clocks.basis import platform
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Rule, Text
from huiyin_domain.verification import Verification

LATENESS_RULES: tuple[Rule, ...] = (
    Rule(
        "S1",
        basis=platform("第四十条", "Art. 40"),
        since=Text("对逾期提出异议", "the objection to lateness"),
        act=Text("对逾期异议作出认定", "decide on the objection to lateness"),
        starts=frozenset({Milestone.LATENESS_OBJECTED}),
        stops=frozenset({Milestone.LATENESS_DECIDED}),
        span=Span(10, SpanUnit.WORKING_DAY),
        verification=Verification.DERIVED,
    ),
)
