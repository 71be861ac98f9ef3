"""The judicial-petition track (涉法涉诉) in words."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import types_pb2 as types
from huiyin_domain.narrative.writer import Pair, Words

TEMPLATES: Mapping[type[Message], Pair] = {
    events.LitigationReferred: (
        "{referring_unit}将涉法涉诉部分移送{organ}（{organ_kind}）[，依据{authority}]",
        (
            "{referring_unit} referred the litigation part to {organ} ({organ_kind})"
            "[, on the authority of {authority}]"
        ),
    ),
    events.ReferralAcknowledged: (
        "{organ}接收移送[，案号 {docket_number}]",
        "{organ} acknowledged the referral[, docket {docket_number}]",
    ),
    events.ReferralReleased: (
        "责任移交{organ}（第 {epoch} 责任期），由其依法办理",
        "the case was released to {organ} (epoch {epoch}), which acts from here on",
    ),
    events.ReferralWithdrawn: (
        "对{organ}的移送已撤回",
        "the referral to {organ} was withdrawn",
    ),
    events.ReferralLapsed: (
        "对{organ}的移送已失效，责任不在该机关",
        "the referral to {organ} has lapsed; it is not responsible",
    ),
    events.ReferralDeclined: (
        "{organ}退回移送，未予接收：{reason}",
        "{organ} did not take the referral: {reason}",
    ),
    events.PetitionerReplied: (
        "{organ}向信访人作出程序性回复，送达日期 {served_time}",
        "{organ} replied to the petitioner on procedure, on {served_time}",
    ),
    events.ProgressReported: (
        "已向信访人告知办理进展或结果",
        "the petitioner was told of progress or result",
    ),
    events.ReferralConcluded: (
        "法律程序结束：{kind}",
        "the legal procedure ended: {kind}",
    ),
    events.ReferralHandedBack: (
        "{organ}将事项退回{to_unit}：{concluded}",
        "{organ} handed the matter back to {to_unit}: {concluded}",
    ),
}

WORDS: Words = {
    "huiyin.judicial.v1.OrganKind": {
        types.ORGAN_KIND_UNSPECIFIED: ("", ""),
        types.ORGAN_KIND_COURT: ("法院", "court"),
        types.ORGAN_KIND_PROCURATORATE: ("检察院", "procuratorate"),
        types.ORGAN_KIND_POLICE: ("公安机关", "police"),
        types.ORGAN_KIND_JUSTICE: ("司法行政机关", "justice administration"),
    },
    "huiyin.judicial.v1.DeclineReason": {
        types.DECLINE_REASON_UNSPECIFIED: ("", ""),
        types.DECLINE_REASON_OTHER_ORGAN: ("属于其他政法机关职权", "another judicial organ is competent"),
        types.DECLINE_REASON_NOT_LITIGATION: ("不涉及诉讼权利救济", "no litigation right is concerned"),
        types.DECLINE_REASON_TERMINATED: ("已依法终结", "lawfully terminated before"),
    },
    "huiyin.judicial.v1.ConclusionKind": {
        types.CONCLUSION_KIND_UNSPECIFIED: ("", ""),
        types.CONCLUSION_KIND_DECIDED: ("裁判或决定生效", "the decision took effect"),
        types.CONCLUSION_KIND_TERMINATED: ("依法终结", "lawfully terminated"),
        types.CONCLUSION_KIND_SETTLED: ("程序内和解或调解", "settled in the procedure"),
        types.CONCLUSION_KIND_LED_IN: ("已导入相应法律程序", "led into the proper procedure"),
    },
    "huiyin.judicial.v1.ReferralHandedBack.concluded": {
        False: ("未办结", "without a conclusion"),
        True: ("已依法办结", "lawfully concluded"),
    },
}
