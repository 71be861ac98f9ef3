"""Periods from receipt to answer: routing, acceptance, handling, and the report on a referral (交办)."""

from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.milestone import PROCEDURES, Matter, Milestone
from huiyin_domain.clocks.rule import (
    ANSWERED,
    HANDLING_DAYS,
    OTHER_COURSE,
    ROUTED,
    TAKEN_BACK,
    Counting,
    Nature,
    Rule,
    Text,
    Who,
    law,
    platform,
)
from huiyin_domain.codes import Verification

NOTIFIED = frozenset({Matter.PETITION, Matter.SUGGESTION, None}) | PROCEDURES
"""Litigation matters and accusations are told of by rules of their own (Art. 23(4))."""

TOLD = frozenset({Milestone.RECEIPT_NOTIFIED, Milestone.OUTCOME_TOLD, Milestone.OPINION_SERVED})
"""By any of these the petitioner knows where the matter went: also that it was not accepted, or led away.

Not accepting it, or leading it away, tells nobody anything (Art. 23(1), (2)).
"""

ROUTING_RULES: tuple[Rule, ...] = (
    Rule(
        "T1",
        basis=law("第二十二条", "Art. 22"),
        since=Text("收到", "receipt"),
        act=Text("转送、交办或者报告", "transfer, refer or report it"),
        starts=frozenset({Milestone.RECEIVED_BY_OFFICE}),
        stops=ROUTED,
        voids=frozenset({Milestone.DECLINED, Milestone.LED_IN, Milestone.CLOSED}),
        span=DaySpan(15),
    ),
    Rule(
        "T3",
        basis=law("第二十三条第二款", "Art. 23(2)"),
        since=Text("收到", "receipt"),
        act=Text("书面告知接收情况以及处理途径和程序", "notify receipt, route and procedure"),
        starts=frozenset({Milestone.RECEIVED_DIRECTLY}),
        stops=TOLD,
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=DaySpan(15),
        needs_address=True,
    ),
    Rule(
        "T4",
        basis=law("第二十三条第三款", "Art. 23(3)"),
        since=Text("收到", "receipt"),
        act=Text("书面告知接收情况以及处理途径和程序", "notify receipt, route and procedure"),
        starts=frozenset({Milestone.HANDED_OVER, Milestone.ASSIGNED}),
        stops=TOLD,
        voids=TAKEN_BACK | {Milestone.JUDICIAL_TAKEN, Milestone.CLOSED},
        span=DaySpan(15),
        matters=NOTIFIED,
        needs_address=True,
    ),
    Rule(
        "T5",
        basis=law("第二十三条第三款", "Art. 23(3)"),
        since=Text("收到", "receipt"),
        act=Text("提出异议", "object with reasons"),
        starts=frozenset({Milestone.HANDED_OVER}),
        stops=frozenset({Milestone.OBJECTED}),
        voids=OTHER_COURSE
        | {
            Milestone.ACCEPTED,
            Milestone.RECALLED,
            Milestone.RECEIPT_NOTIFIED,
            Milestone.CONFIRMED,
            Milestone.REASSIGNED,
            Milestone.CLOSED,
        },
        span=DaySpan(5, SpanUnit.WORKING_DAY),
        nature=Nature.WINDOW,
    ),
    Rule(
        "E1",
        basis=platform("第二十二条", "Art. 22"),
        since=Text("退回", "its return"),
        act=Text("重新转送、交办或者受理", "route or accept it again"),
        starts=frozenset({Milestone.RETURNED, Milestone.SPLIT_OFF}),
        stops=ROUTED,
        voids=frozenset({Milestone.DECLINED, Milestone.LED_IN, Milestone.OUTCOME_TOLD, Milestone.CLOSED}),
        span=DaySpan(15),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E14",
        basis=platform("第二十三条", "Art. 23"),
        since=Text("收到", "receipt"),
        act=Text("受理、转送、交办或者移送", "accept it or route it"),
        starts=frozenset({Milestone.IN_HANDS}),
        stops=ROUTED - {Milestone.REASSIGNED},
        voids=frozenset(
            {
                Milestone.DECLINED,
                Milestone.LED_IN,
                Milestone.RETURNED,
                Milestone.REASSIGNED,
                Milestone.CLOSED,
            }
        ),
        span=DaySpan(15),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E3",
        basis=platform("第二十三条第三款", "Art. 23(3)"),
        since=Text("收到", "receipt"),
        act=Text("受理或者提出异议", "accept it, or object with reasons"),
        starts=frozenset({Milestone.HANDED_OVER, Milestone.OBJECTION_REFUSED}),
        stops=frozenset({Milestone.ACCEPTED, Milestone.OBJECTED}),
        voids=OTHER_COURSE | TAKEN_BACK | {Milestone.CONFIRMED, Milestone.CLOSED},
        span=DaySpan(15),
        verification=Verification.DERIVED,
    ),
    Rule(
        "E4",
        basis=platform("第二十四条", "Art. 24"),
        since=Text("责令", "the order"),
        act=Text("按上级要求受理或者提出异议", "accept it or object, as the superior ordered"),
        starts=frozenset({Milestone.HANDOVER_ORDERED}),
        stops=frozenset({Milestone.ACCEPTED, Milestone.OBJECTED}),
        voids=OTHER_COURSE | TAKEN_BACK | {Milestone.CONFIRMED, Milestone.CLOSED},
        counting=Counting.NAMED_DAY,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E5",
        basis=platform("第二十三条第三款", "Art. 23(3)"),
        since=Text("收到异议", "the objection"),
        act=Text("核实并决定异议是否成立", "verify the objection and decide on it"),
        starts=frozenset({Milestone.OBJECTED}),
        stops=frozenset({Milestone.OBJECTION_UPHELD, Milestone.OBJECTION_REFUSED, Milestone.RECALLED}),
        voids=OTHER_COURSE
        | {Milestone.ACCEPTED, Milestone.REASSIGNED, Milestone.CONFIRMED, Milestone.CLOSED},
        span=DaySpan(5, SpanUnit.WORKING_DAY),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E-IMPORT",
        basis=platform("第二十二条", "Art. 22"),
        since=Text("导入", "its import"),
        act=Text("转送、交办或者受理", "route or accept it"),
        starts=frozenset({Milestone.IMPORTED}),
        stops=ROUTED,
        voids=frozenset({Milestone.DECLINED, Milestone.LED_IN, Milestone.CLOSED}),
        span=DaySpan(15),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
)


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
        span=DaySpan(15),
        verification=Verification.DERIVED,
    ),
)
"""The report alone stops T6. A check has no time in law: 15 days are the platform's [D]."""


HANDLING_RULES: tuple[Rule, ...] = (
    Rule(
        "T7",
        basis=law("第三十四条", "Art. 34"),
        since=Text("受理", "acceptance"),
        act=Text("办结", "finish it"),
        starts=frozenset({Milestone.HANDLING_BEGUN}),
        stops=ANSWERED,
        voids=OTHER_COURSE | {Milestone.EXTENDED},
        span=DaySpan(HANDLING_DAYS),
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
        span=DaySpan(15 + HANDLING_DAYS),
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
        span=DaySpan(HANDLING_DAYS),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
)
