"""Periods of the answer and of what follows it: service, carrying out, review and re-review.

They are the platform's own: each keeps a case from lying where law says what has to be done, and not when.
"""

from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.rule import Nature, Rule, Text, Who, law, platform
from huiyin_domain.codes import Verification

_SERVICE = DaySpan(10, SpanUnit.WORKING_DAY)

ANSWER_RULES: tuple[Rule, ...] = (
    Rule(
        "E9",
        basis=platform("第三十二条", "Art. 32"),
        since=Text("作出处理意见", "the opinion"),
        act=Text("送达处理意见", "serve the opinion"),
        starts=frozenset({Milestone.OPINION_ISSUED}),
        stops=frozenset({Milestone.OPINION_SERVED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=_SERVICE,
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E10",
        basis=platform("第三十五条、第三十六条", "Arts. 35, 36"),
        since=Text("作出复查（复核）意见", "the decision"),
        act=Text("送达复查（复核）意见", "serve the decision on the review"),
        starts=frozenset({Milestone.REVIEW_DECIDED, Milestone.RE_REVIEW_DECIDED}),
        stops=frozenset({Milestone.REVIEW_SERVED, Milestone.RE_REVIEW_SERVED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=_SERVICE,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E11",
        basis=platform("第三十二条第二款", "Art. 32(2)"),
        since=Text("送达支持诉求的意见", "service of the support"),
        act=Text("执行所支持的诉求", "carry out what was supported"),
        starts=frozenset({Milestone.TO_CARRY_OUT}),
        stops=frozenset({Milestone.CARRIED_OUT}),
        voids=frozenset(
            {Milestone.REVOKED, Milestone.ANSWER_CHANGED, Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}
        ),
        span=DaySpan(60),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E12",
        basis=platform("第三十二条、第三十六条", "Arts. 32, 36"),
        since=Text("答复完毕", "the answer in full"),
        act=Text("办结", "close the case"),
        starts=frozenset({Milestone.TO_CLOSE}),
        stops=frozenset({Milestone.CLOSED}),
        voids=frozenset({Milestone.REVIEW_RECEIVED, Milestone.RE_REVIEW_RECEIVED, Milestone.JUDICIAL_TAKEN}),
        span=DaySpan(45),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E13",
        basis=platform("第二十三条、第三十一条", "Arts. 23, 31"),
        since=Text("决定不予受理或者导入法定途径", "the decision"),
        act=Text("书面告知信访人", "tell the petitioner in writing"),
        starts=frozenset({Milestone.DECLINED, Milestone.LED_IN}),
        stops=frozenset({Milestone.OUTCOME_TOLD, Milestone.OPINION_SERVED}),
        voids=frozenset(
            {
                Milestone.ACCEPTED,
                Milestone.RETURNED,
                Milestone.REASSIGNED,
                Milestone.JUDICIAL_TAKEN,
                Milestone.CLOSED,
            }
        ),
        span=DaySpan(15),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
)
"""45 days to close: the 30 in which review may be asked for, and 15 more."""


REVIEW_RULES: tuple[Rule, ...] = (
    Rule(
        "T9",
        basis=law("第三十五条", "Art. 35"),
        since=Text("收到书面答复", "service of the opinion"),
        act=Text("请求复查", "ask for review"),
        starts=frozenset({Milestone.OPINION_SERVED}),
        stops=frozenset({Milestone.REVIEW_ASKED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.OPINION_SERVED}),
        span=DaySpan(30),
        who=Who.PETITIONER,
        nature=Nature.REMEDY,
        matters=frozenset({Matter.PETITION}),
    ),
    Rule(
        "T10",
        basis=law("第三十五条", "Art. 35"),
        since=Text("收到复查请求", "the request"),
        act=Text("提出复查意见并书面答复", "decide the review in writing"),
        starts=frozenset({Milestone.REVIEW_RECEIVED}),
        stops=frozenset({Milestone.REVIEW_DECIDED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=DaySpan(30),
    ),
    Rule(
        "T11",
        basis=law("第三十六条", "Art. 36"),
        since=Text("收到复查意见", "service of the review"),
        act=Text("请求复核", "ask for re-review"),
        starts=frozenset({Milestone.REVIEW_SERVED}),
        stops=frozenset({Milestone.RE_REVIEW_ASKED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.OPINION_SERVED}),
        span=DaySpan(30),
        who=Who.PETITIONER,
        nature=Nature.REMEDY,
    ),
    Rule(
        "T12",
        basis=law("第三十六条", "Art. 36"),
        since=Text("收到复核请求", "the request"),
        act=Text("提出复核意见", "decide the re-review"),
        starts=frozenset({Milestone.RE_REVIEW_RECEIVED}),
        stops=frozenset({Milestone.RE_REVIEW_DECIDED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=DaySpan(30),
    ),
)
