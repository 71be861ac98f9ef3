"""Supervision (督查督办) in words."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import types_pb2 as types
from huiyin_domain.narrative.words import Pair, Words

TEMPLATES: Mapping[type[Message], Pair] = {
    events.DeadlinePassed: (
        "期限届满，未见应有的办理：规则 {rule}，到期日 {rolled_due_date}[，应办单位 {unit}]",
        "a time limit passed without the act it waits for: rule {rule}, due {rolled_due_date}[, unit {unit}]",
    ),
    events.LatenessWithdrawn: (
        "逾期记录撤销：后来的记录表明当时已按期办理（{clock_id}）",
        "the lateness was withdrawn: a later entry shows that the act had been in time ({clock_id})",
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
    "huiyin.supervision.v1.OrderGround": {
        types.ORDER_GROUND_UNSPECIFIED: ("", ""),
        types.ORDER_GROUND_OVERDUE: ("无正当理由超期", "overdue without good reason"),
        types.ORDER_GROUND_EVASION: ("推诿、敷衍、拖延、弄虚作假", "evasion, delay or deceit"),
        types.ORDER_GROUND_PROCEDURE: ("违反程序", "wrong procedure"),
        types.ORDER_GROUND_NOT_EXECUTED: ("拒不执行处理意见", "an opinion is not carried out"),
    },
}
