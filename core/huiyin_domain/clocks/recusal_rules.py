"""The time to decide on a request for recusal: Art. 28(3) names none, the platform does."""

from huiyin_domain.calendar.due import Span, SpanUnit
from huiyin_domain.clocks.basis import platform
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Rule, Text
from huiyin_domain.verification import Verification

RECUSAL_RULES: tuple[Rule, ...] = (
    Rule(
        "R1",
        basis=platform("第二十八条第三款", "Art. 28(3)"),
        since=Text("提出回避申请", "the request for recusal"),
        act=Text("作出是否回避的决定", "decide on the recusal"),
        starts=frozenset({Milestone.RECUSAL_ASKED}),
        stops=frozenset({Milestone.RECUSAL_DECIDED}),
        voids=frozenset({Milestone.MOVED, Milestone.CLOSED, Milestone.SEAT_LOST}),
        span=Span(5, SpanUnit.WORKING_DAY),
        verification=Verification.DERIVED,
    ),
)
"""With a move of responsibility, with closing, or when the decider turns out to be accused, it is over."""
