"""Periods to finish the matter: Article 34, and the platform's own where acceptance or a redo is awaited."""

from huiyin_domain.calendar.due import Span
from huiyin_domain.clocks.basis import ANSWERED, HANDLING_DAYS, OTHER_COURSE, law, platform
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.rule import Counting, Rule, Text, Who
from huiyin_domain.verification import Verification

HANDLING_RULES: tuple[Rule, ...] = (
    Rule(
        "T7",
        basis=law("第三十四条", "Art. 34"),
        since=Text("受理", "acceptance"),
        act=Text("办结", "finish it"),
        starts=frozenset({Milestone.HANDLING_BEGUN}),
        stops=ANSWERED,
        voids=OTHER_COURSE | {Milestone.EXTENDED},
        span=Span(HANDLING_DAYS),
        who=Who.HOLDER,
        matters=frozenset({Matter.PETITION}),
    ),
    Rule(
        "T8",
        basis=law("第三十四条", "Art. 34"),
        since=Text("受理", "acceptance"),
        act=Text("办结", "finish it"),
        starts=frozenset({Milestone.EXTENDED}),
        stops=ANSWERED,
        voids=OTHER_COURSE | {Milestone.EXTENDED},
        counting=Counting.EXTENSION,
        who=Who.HOLDER,
        matters=frozenset({Matter.PETITION}),
    ),
    Rule(
        "T7-SHADOW",
        basis=platform("第二十三条、第三十四条", "Arts. 23, 34"),
        since=Text("收到", "receipt"),
        act=Text("办结（尚未受理，15日加60日推定）", "finish it (not accepted: 15 and 60 days)"),
        starts=frozenset({Milestone.RECEIVED_DIRECTLY, Milestone.HANDED_OVER, Milestone.ASSIGNED}),
        stops=ANSWERED,
        voids=OTHER_COURSE | {Milestone.ACCEPTED, Milestone.OBJECTION_UPHELD, Milestone.REASSIGNED},
        span=Span(15 + HANDLING_DAYS),
        matters=frozenset({Matter.PETITION, None}),
        unless_handling=True,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E2",
        basis=platform("第三十四条", "Art. 34"),
        since=Text("撤销", "the revocation"),
        act=Text("重新作出处理意见", "decide anew"),
        starts=frozenset({Milestone.REVOKED}),
        stops=ANSWERED,
        voids=OTHER_COURSE,
        span=Span(HANDLING_DAYS),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
)
