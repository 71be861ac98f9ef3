"""The time that participants of a joint meeting have to speak: no law names one, the platform does."""

from huiyin_domain.calendar.span import Span, SpanUnit
from huiyin_domain.clocks.basis import platform
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Rule, Text
from huiyin_domain.resolving import SIGNING_WORKING_DAYS

MEETING_RULES: tuple[Rule, ...] = (
    Rule(
        "M2",
        basis=platform("第十二条、第十三条", "Arts. 12, 13"),
        since=Text("提出决议", "the proposal"),
        act=Text("会签决议或者记名表示不同意", "sign the resolution or dissent by name"),
        starts=frozenset({Milestone.RESOLUTION_PROPOSED}),
        stops=frozenset({Milestone.RESOLUTION_SPOKEN}),
        voids=frozenset({Milestone.RESOLUTION_OVER}),
        span=Span(SIGNING_WORKING_DAYS, SpanUnit.WORKING_DAY),
        each_unit=True,
    ),
)
