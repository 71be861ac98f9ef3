"""Supervision (督查督办) in words."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import types_pb2 as types
from huiyin_domain.narrative.writer import Pair, Words

TEMPLATES: Mapping[type[Message], Pair] = {
    events.PolicyApplied: (
        "放假安排 {version} 载入，来源：{source_document}",
        "the calendar {version} was laid down, by {source_document}",
    ),
    events.DeadlinePassed: (
        "期限届满，未见应有的办理：规则 {rule}，到期日 {rolled_due_date}[，应办单位 {unit}]",
        "a time limit passed without the act it waits for: rule {rule}, due {rolled_due_date}[, unit {unit}]",
    ),
    events.LatenessWithdrawn: (
        "逾期记录撤销（{clock_id}）[：{cause}][，由{supervisor}认定]",
        "the lateness was withdrawn ({clock_id})[: {cause}][, as {supervisor} found]",
    ),
    events.LatenessObjected: (
        "{unit}对逾期记录提出异议（{clock_id}）[，由{asked}认定]",
        "{unit} objected to being called late ({clock_id})[, for {asked} to decide]",
    ),
    events.LatenessObjectionRefused: (
        "逾期异议不成立，逾期记录保留（{clock_id}），由{supervisor}认定",
        "the objection was refused and the lateness stands ({clock_id}), as {supervisor} found",
    ),
    events.OrderIssued: (
        "{supervisor}向{unit}发出督办单：{ground}，答复期限 {due_date}",
        "{supervisor} issued a supervision order to {unit}: {ground}, to be answered by {due_date}",
    ),
    events.OrderAnswered: (
        "{unit}书面答复督办单",
        "{unit} answered the supervision order",
    ),
    events.OrderSentBack: (
        "督办答复退回，须于 {due_date} 前重新答复",
        "the answer was sent back, to be answered again by {due_date}",
    ),
    events.OrderCarriedOut: (
        "督办事项已落实",
        "the supervision order was carried out",
    ),
}

WORDS: Words = {
    "huiyin.supervision.v1.WithdrawalCause": {
        types.WITHDRAWAL_CAUSE_UNSPECIFIED: ("", ""),
        types.WITHDRAWAL_CAUSE_LATE_ENTRY: (
            "经负责人批准的补录表明当时已按期办理",
            "a late entry that a head approved shows that the act had been in time",
        ),
        types.WITHDRAWAL_CAUSE_CALENDAR: (
            "放假安排或规则修订，届满日已改变",
            "the calendar or the rules were amended, and the last day is another one",
        ),
        types.WITHDRAWAL_CAUSE_OBJECTION_UPHELD: (
            "单位对逾期的异议成立",
            "the unit's objection to being called late was upheld",
        ),
        types.WITHDRAWAL_CAUSE_IMPORTED: (
            "期限在导入前已届满，属历史数据",
            "it was over before the filing was imported as history",
        ),
        types.WITHDRAWAL_CAUSE_RECORDED_IN_TIME: (
            "办理当时已按期记录",
            "the act was on the record in time",
        ),
        types.WITHDRAWAL_CAUSE_ASKED_IN_TIME: (
            "信访人当时已按期提出",
            "the petitioner had asked in time",
        ),
        types.WITHDRAWAL_CAUSE_CORRECTED: (
            "收到日期已更正，届满日已改变",
            "the day of receipt was put right, and the last day is another one",
        ),
        types.WITHDRAWAL_CAUSE_EARLIER_RULE: (
            "0.1版记录表明当时已按期办理",
            "an entry of version 0.1 shows that the act had been in time",
        ),
        types.WITHDRAWAL_CAUSE_RECEIVED_LATER: (
            "有证据证明较晚收到转送（交办）",
            "evidence showed that the hand-over was received later",
        ),
    },
    "huiyin.supervision.v1.OrderGround": {
        types.ORDER_GROUND_UNSPECIFIED: ("", ""),
        types.ORDER_GROUND_OVERDUE: ("无正当理由超期", "overdue without good reason"),
        types.ORDER_GROUND_EVASION: ("推诿、敷衍、拖延、弄虚作假", "evasion, delay or deceit"),
        types.ORDER_GROUND_PROCEDURE: ("违反程序", "wrong procedure"),
        types.ORDER_GROUND_NOT_EXECUTED: ("拒不执行处理意见", "an opinion is not carried out"),
    },
}
