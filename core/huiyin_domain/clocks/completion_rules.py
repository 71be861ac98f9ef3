"""Periods of a referral (交办): its named day, and the check of the report (Art. 22(1)(3))."""

from huiyin_domain.calendar.due import Span
from huiyin_domain.clocks.basis import ANSWERED, law, platform
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Counting, Rule, Text
from huiyin_domain.verification import Verification

COMPLETION_RULES: tuple[Rule, ...] = (
    Rule(
        "T6",
        basis=law("第二十二条第一款第三项", "Art. 22(1)(3)"),
        since=Text("交办", "the referral"),
        act=Text("反馈结果并提交办结报告", "report the result"),
        starts=frozenset({Milestone.REFERRED}),
        stops=frozenset({Milestone.COMPLETION_REPORTED}),
        undone_by=frozenset({Milestone.COMPLETION_SENT_BACK}),
        earlier_stops=ANSWERED,
        voids=frozenset({Milestone.OBJECTION_UPHELD, Milestone.RECALLED, Milestone.REFERRAL_OVER}),
        counting=Counting.NAMED_DAY,
    ),
    Rule(
        "C1",
        basis=platform("第二十二条第一款第三项", "Art. 22(1)(3)"),
        since=Text("收到办结报告", "the report"),
        act=Text("审核办结报告，认定办结或者退回", "check the report: accept it or send it back"),
        starts=frozenset({Milestone.COMPLETION_REPORTED}),
        stops=frozenset({Milestone.COMPLETION_ACCEPTED, Milestone.COMPLETION_SENT_BACK}),
        voids=frozenset({Milestone.REFERRAL_OVER}),
        span=Span(15),
        verification=Verification.DERIVED,
    ),
)
"""The report alone stops T6. A check has no time in law: 15 days are the platform's [D]."""
