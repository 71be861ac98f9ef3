"""Pieces of figures in words."""

from collections.abc import Mapping

from huiyin_domain.clocks.rule import Text
from huiyin_domain.figures.contribution import Piece

PIECES: Mapping[Piece, Text] = {
    Piece.FIRST: Text("初件", "first"),
    Piece.REPEAT: Text("重复件", "repeat"),
    Piece.PLAIN: Text("登记无疑点", "nothing to settle"),
    Piece.TO_SETTLE: Text("登记待核定", "to be settled"),
    Piece.SETTLED: Text("登记已核定", "settled by a person"),
    Piece.ACCEPTED: Text("已受理", "accepted"),
    Piece.DECLINED: Text("不予受理", "not accepted"),
    Piece.LED_IN: Text("导入法定途径", "led into another procedure"),
    Piece.UNDECIDED: Text("尚未决定", "undecided"),
    Piece.IN_TIME: Text("按期", "in time"),
    Piece.LATE: Text("超期完成", "late"),
    Piece.NOT_YET_DUE: Text("未到期", "not yet due"),
    Piece.OVERDUE: Text("超期未完成", "overdue"),
    Piece.PROVISIONAL: Text("期限暂定", "last day provisional"),
    Piece.SATISFIED: Text("满意", "satisfied"),
    Piece.MOSTLY_SATISFIED: Text("基本满意", "mostly satisfied"),
    Piece.NOT_SATISFIED: Text("不满意", "not satisfied"),
    Piece.RATED: Text("已评价", "rated"),
    Piece.BY_WEB: Text("网页评价", "rated on the petitioners' pages"),
    Piece.BY_TERMINAL: Text("自助终端评价", "rated at a terminal"),
    Piece.BY_AGENCY: Text("经单位连接评价", "rated over an agency's connection"),
    Piece.TAKEN_BACK: Text("评价已撤回", "rating taken back"),
    Piece.AWAITED: Text("待评价", "rating awaited"),
    Piece.EXPIRED: Text("超期未评价", "not rated in time"),
    Piece.NOT_OBJECTED: Text("未提异议", "not objected to"),
    Piece.OBJECTION_OPEN: Text("异议待核实", "objection open"),
    Piece.OBJECTION_UPHELD: Text("异议成立", "objection upheld"),
    Piece.OBJECTION_REFUSED: Text("异议不成立", "objection refused"),
    Piece.EXECUTED: Text("已落实", "carried out"),
    Piece.NOT_EXECUTED: Text("未落实", "not carried out"),
    Piece.DONE: Text("已完成", "done"),
    Piece.WAITING: Text("等待中", "waiting"),
    Piece.RESOLVED: Text("一次性化解", "resolved"),
    Piece.REPEATED: Text("重复信访", "filed again"),
    Piece.REVIEWED: Text("申请复查复核", "review asked for"),
}
