"""What can be wrong between intake and the judicial track about one referral."""

from huiyin_audit.findings import Rule

__all__ = ["Rule"]

TWO_OFFERS_OPEN = Rule(
    "TWO_OFFERS_OPEN",
    "移送 {first} 尚未了结，又移送 {second}",
    "offer {second} was made while {first} was still open or with its organ",
)
OFFER_ENDS_TWICE = Rule(
    "OFFER_ENDS_TWICE",
    "移送 {offer} 已了结，又发生 {type}",
    "offer {offer} was over, and then came {type}",
)
OFFER_OUTLIVED_EPOCH = Rule(
    "OFFER_OUTLIVED_EPOCH",
    "责任单位变更后，移送 {offer} 仍未撤回",
    "responsibility moved, and offer {offer} was not withdrawn with it",
)
CLOSED_UNDER_OFFER = Rule(
    "CLOSED_UNDER_OFFER",
    "移送 {offer} 尚未了结，事项已办结",
    "the case was closed while offer {offer} was open",
)
RELEASED_WITHOUT_OFFER = Rule(
    "RELEASED_WITHOUT_OFFER",
    "移送 {offer} 并未处于待接收状态，责任却已移交",
    "responsibility was released on {offer}, which was not an open offer",
)
REFERRAL_WITHOUT_OFFER = Rule(
    "REFERRAL_WITHOUT_OFFER",
    "涉法涉诉日志中的移送在办理日志中没有来由",
    "the judicial track has a referral that intake never offered",
)
RELEASED_UNTAKEN = Rule(
    "RELEASED_UNTAKEN",
    "政法机关没有接收 {offer}，责任却已移交",
    "responsibility was released on {offer}, which no organ took",
)
RELEASED_HERE_ONLY = Rule(
    "RELEASED_HERE_ONLY",
    "涉法涉诉日志称 {offer} 已移交责任，办理日志没有：两个单位同时负责",
    "the judicial track says that {offer} was released, intake does not: two units are responsible",
)
ACTED_UNRELEASED = Rule(
    "ACTED_UNRELEASED",
    "责任尚未移交，政法机关已作出 {type}",
    "an organ acted ({type}) on what had not been released to it",
)
RETURNED_HERE_ONLY = Rule(
    "RETURNED_HERE_ONLY",
    "办理日志称 {offer} 已退回，政法机关没有退回",
    "intake says that {offer} came back, and its organ did not hand it back",
)
CONCLUDED_OTHERWISE = Rule(
    "CONCLUDED_OTHERWISE",
    "{offer} 是否已依法办结，两边记载不一",
    "the two sides do not agree whether {offer} was concluded",
)
OFFER_UNHEARD = Rule(
    "OFFER_UNHEARD", "移送 {offer} 尚未送达政法机关", "the judicial track has not heard of offer {offer}"
)
TAKEN_UNANSWERED = Rule(
    "TAKEN_UNANSWERED",
    "政法机关已接收 {offer}，办理日志既未移交责任也未记载失效",
    "{offer} was taken, and intake neither released it nor says that it was in vain",
)
RELEASE_UNHEARD = Rule(
    "RELEASE_UNHEARD",
    "责任已因 {offer} 移交，政法机关尚未得知",
    "responsibility was released on {offer}, and the judicial track has not heard of it",
)
WITHDRAWAL_UNHEARD = Rule(
    "WITHDRAWAL_UNHEARD",
    "移送 {offer} 已撤回，政法机关尚未得知",
    "offer {offer} was withdrawn, and the judicial track has not heard of it",
)
LAPSE_UNHEARD = Rule(
    "LAPSE_UNHEARD",
    "{offer} 的接收无效，政法机关尚未得知",
    "{offer} was taken in vain, and the judicial track has not heard of it",
)
REFUSAL_UNHEARD = Rule(
    "REFUSAL_UNHEARD",
    "政法机关未接收 {offer}，办理日志尚未记载",
    "{offer} was not taken, and intake has not heard of it",
)
HAND_BACK_UNSEEN = Rule(
    "HAND_BACK_UNSEEN",
    "政法机关已退回 {offer}，办理日志尚未接回",
    "{offer} was handed back, and intake has not taken it up again",
)
