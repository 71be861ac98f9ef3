"""Periods beside the course: endings without an opinion, recusals, objections to lateness, named days.

The law gives none of them. Times of the petitioner make nobody late; those of the unit keep the case from
having no next date once an agreement has stopped the periods of handling.
"""

from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.milestone import PROCEDURES, Matter, Milestone
from huiyin_domain.clocks.rule import ANSWERED, OTHER_COURSE, Counting, Nature, Rule, Text, Who, law, platform
from huiyin_domain.codes import Verification

_WITHDRAWAL_OVER = frozenset(
    {Milestone.CONTINUED, Milestone.REVIEW_ASKED, Milestone.RE_REVIEW_ASKED, Milestone.CLOSED}
)
_NOT_BY_OWN_RULES = frozenset({Matter.PETITION, Matter.SUGGESTION, None}) | PROCEDURES
_TO_CLOSE = Text("办结", "close the case")

ENDING_RULES: tuple[Rule, ...] = (
    Rule(
        "W1",
        basis=platform("第三十四条", "Art. 34"),
        since=Text("申请撤回", "the request to withdraw"),
        act=Text("冷静考虑（其后方可确认撤回）", "think it over (it is confirmed after that)"),
        starts=frozenset({Milestone.WITHDRAWAL_ASKED}),
        stops=frozenset({Milestone.WITHDRAWAL_CONFIRMED}),
        voids=_WITHDRAWAL_OVER,
        span=DaySpan(7),
        who=Who.PETITIONER,
        nature=Nature.WINDOW,
        matters=_NOT_BY_OWN_RULES,
        verification=Verification.DERIVED,
    ),
    Rule(
        "W2",
        basis=platform("第三十四条", "Art. 34"),
        since=Text("申请撤回", "the request to withdraw"),
        act=Text("确认撤回（逾期视为未撤回）", "confirm the withdrawal (else it lapses)"),
        starts=frozenset({Milestone.WITHDRAWAL_ASKED}),
        stops=frozenset({Milestone.WITHDRAWAL_CONFIRMED}),
        voids=_WITHDRAWAL_OVER,
        span=DaySpan(30),
        who=Who.PETITIONER,
        nature=Nature.WINDOW,
        matters=_NOT_BY_OWN_RULES,
        verification=Verification.DERIVED,
    ),
    Rule(
        "W3",
        basis=platform("第三十四条", "Art. 34"),
        since=Text("确认撤回", "the confirmed withdrawal"),
        act=_TO_CLOSE,
        starts=frozenset({Milestone.WITHDRAWAL_CONFIRMED}),
        stops=frozenset({Milestone.CLOSED}),
        voids=(_WITHDRAWAL_OVER - {Milestone.CLOSED}) | OTHER_COURSE,
        span=DaySpan(10, SpanUnit.WORKING_DAY),
        who=Who.HOLDER,
        matters=_NOT_BY_OWN_RULES,
        verification=Verification.DERIVED,
    ),
    Rule(
        "D1",
        basis=platform("第三十四条", "Art. 34"),
        since=Text("信访人死亡的登记", "the record of the petitioner's death"),
        act=Text("由承受人继续信访", "take the petition up as successor"),
        starts=frozenset({Milestone.DIED}),
        stops=frozenset({Milestone.CONTINUED}),
        voids=frozenset({Milestone.CLOSED}),
        span=DaySpan(30),
        who=Who.PETITIONER,
        nature=Nature.WINDOW,
        verification=Verification.DERIVED,
    ),
    Rule(
        "A1",
        basis=platform("第三十三条", "Art. 33"),
        since=Text("达成协议", "the agreement"),
        act=Text("促成履行协议并报告", "see the agreement performed, and report it"),
        starts=frozenset({Milestone.TO_PERFORM}),
        stops=frozenset({Milestone.PERFORMED}),
        voids=frozenset({Milestone.CONTINUED, Milestone.CLOSED}),
        counting=Counting.NAMED_DAY,
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "A2",
        basis=platform("第三十三条", "Art. 33"),
        since=Text("达成或者履行协议", "the agreement, or its performance"),
        act=_TO_CLOSE,
        starts=frozenset({Milestone.PERFORMED}),
        stops=frozenset({Milestone.CLOSED}),
        voids=frozenset({Milestone.CONTINUED}) | OTHER_COURSE,
        span=DaySpan(10, SpanUnit.WORKING_DAY),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "G1",
        basis=platform("第三十四条", "Art. 34"),
        since=Text("恢复办理", "its being taken up again"),
        act=Text("办结", "finish it"),
        starts=frozenset({Milestone.REOPENED}),
        stops=ANSWERED | {Milestone.OPINION_SERVED},
        voids=OTHER_COURSE | {Milestone.REVIEW_ASKED, Milestone.RE_REVIEW_ASKED},
        span=DaySpan(60),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
)


RECUSAL_RULES: tuple[Rule, ...] = (
    Rule(
        "R1",
        basis=platform("第二十八条第三款", "Art. 28(3)"),
        since=Text("提出回避申请", "the request for recusal"),
        act=Text("作出是否回避的决定", "decide on the recusal"),
        starts=frozenset({Milestone.RECUSAL_ASKED}),
        stops=frozenset({Milestone.RECUSAL_DECIDED}),
        voids=frozenset({Milestone.MOVED, Milestone.CLOSED, Milestone.SEAT_LOST}),
        span=DaySpan(5, SpanUnit.WORKING_DAY),
        verification=Verification.DERIVED,
    ),
)
"""With a move of responsibility, with closing, or when the decider turns out to be accused, it is over."""


LATENESS_RULES: tuple[Rule, ...] = (
    Rule(
        "S1",
        basis=platform("第四十条", "Art. 40"),
        since=Text("对逾期提出异议", "the objection to lateness"),
        act=Text("对逾期异议作出认定", "decide on the objection to lateness"),
        starts=frozenset({Milestone.LATENESS_OBJECTED}),
        stops=frozenset({Milestone.LATENESS_DECIDED}),
        span=DaySpan(10, SpanUnit.WORKING_DAY),
        verification=Verification.DERIVED,
    ),
)


NAMED_DAY_RULES: tuple[Rule, ...] = (
    Rule(
        "M1",
        basis=law("第十二条第二款", "Art. 12(2)"),
        since=Text("决议生效", "the resolution"),
        act=Text("完成联席会议交付的任务", "carry out the meeting's task"),
        starts=frozenset({Milestone.TASK_SET}),
        stops=frozenset({Milestone.TASK_DONE}),
        voids=frozenset({Milestone.TASK_REVOKED}),
        counting=Counting.NAMED_DAY,
    ),
    Rule(
        "O1",
        basis=law("第四十条", "Art. 40"),
        since=Text("督办", "the order"),
        act=Text("书面答复督办单", "answer the supervision order"),
        starts=frozenset({Milestone.ORDERED}),
        stops=frozenset({Milestone.ORDER_ANSWERED, Milestone.ORDER_CARRIED_OUT}),
        counting=Counting.NAMED_DAY,
    ),
)
