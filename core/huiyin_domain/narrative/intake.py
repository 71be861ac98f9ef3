"""Petitions in words (field terms of the Regulations of 2022)."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.narrative.intake_words import WORDS
from huiyin_domain.narrative.writer import Pair

__all__ = ["TEMPLATES", "WORDS"]

TEMPLATES: Mapping[type[Message], Pair] = {
    events.PetitionRegistered: (
        (
            "{unit}登记信访事项 {display_number}：渠道 {channel}，收到日期 {received_time}"
            "，问题属地 {division}[，{person_count} 人][，{anonymous}]"
            "[，自案件 {origin_case_id} 分出][，轨道：{track}][，依据{authority}]；姓名和内容已密封"
            "[；待核定：{doubts}]"
        ),
        (
            "{unit} registered petition {display_number}: channel {channel}, received {received_time},"
            " place {division}[, persons: {person_count}][, {anonymous}]"
            "[, split off from case {origin_case_id}][, track: {track}]"
            "[, on the authority of {authority}]; names and content are sealed"
            "[; to be settled: {doubts}]"
        ),
    ),
    events.PetitionClassified: (
        (
            "甄别：{petition_class}[，途径：{route}]，轨道：{track}[，内容分类 {content_class}]"
            "[，依据{authority}]"
        ),
        (
            "classified: {petition_class}[, route: {route}], track: {track}[, content class {content_class}]"
            "[, on the authority of {authority}]"
        ),
    ),
    events.PetitionHandedOver: (
        "{from_unit}将事项{kind}{to_unit}[，日期 {handed_over_time}][，办理期限 {due_date}]",
        "{from_unit} sent the matter to {to_unit} ({kind})[ on {handed_over_time}][, due {due_date}]",
    ),
    events.HandoverObjected: (
        "{unit}提出异议，认为不属于本单位职权[，建议由{proposed_unit}办理]",
        "{unit} objected: the matter is not its own[; it holds {proposed_unit} competent]",
    ),
    events.ObjectionUpheld: (
        "异议成立，事项由转送（交办）单位重新确定去向",
        "the objection was upheld; the sender routes the matter again",
    ),
    events.ObjectionRefused: (
        "异议不成立，转送（交办）继续有效",
        "the objection was refused; the hand-over stands",
    ),
    events.HandoverRecalled: (
        "转送（交办）单位撤回对{unit}的转送（交办），重新确定去向",
        "the sender took the hand-over to {unit} back and routes the matter again",
    ),
    events.HandoverOrdered: (
        "责令{unit}{order}[，期限 {due_date}][，依据{authority}]",
        "{unit} is ordered to {order}[ by {due_date}][, on the authority of {authority}]",
    ),
    events.HandoverReceiptProved: (
        "有证据证明{unit}于 {received_time} 收到转送（交办）：{ground}[，依据{authority}]",
        (
            "evidence shows that {unit} received the hand-over on {received_time}: {ground}"
            "[, on the authority of {authority}]"
        ),
    ),
    events.ReceiptNotified: (
        "{unit}书面告知信访人收到情况及途径程序，送达日期 {served_time}[，方式：{method}]",
        "{unit} told the petitioner in writing of receipt, route and procedure, on {served_time}[, {method}]",
    ),
    events.ResponsibilityMoved: (
        (
            "责任单位由{from_unit}变为{to_unit}（{basis}，第 {epoch} 责任期）"
            "[，依据{authority}][，理由{reasons}]"
        ),
        (
            "responsibility moved from {from_unit} to {to_unit} ({basis}, epoch {epoch})"
            "[, on the authority of {authority}][, reasons {reasons}]"
        ),
    ),
    events.PetitionAccepted: (
        "{unit}受理，受理日期 {accepted_time}",
        "{unit} accepted the petition on {accepted_time}",
    ),
    events.PetitionNotAccepted: (
        (
            "不予（不再）受理：{code}；理由和救济途径已密封[；主管机关：{redirect_unit}]"
            "[；相同事项案件 {same_case_id}][，{same_petitioner}][，由{responsible_unit}办理]"
            "[；可申请复查复核至 {review_last_day}][；所引文书日期 {earlier_date}]"
            "[；{same_facts_finding}]；决定人 {officer}"
        ),
        (
            "not accepted: {code}; reasons and remedy are sealed[; competent organ: {redirect_unit}]"
            "[; case of the same matter: {same_case_id}][, {same_petitioner}][, with {responsible_unit}]"
            "[; review can be asked for until {review_last_day}][; document cited of {earlier_date}]"
            "[; {same_facts_finding}]; decided by officer {officer}"
        ),
    ),
    events.LedIntoProcedure: (
        "导入法定途径：{route}[，承办机关：{organ}]",
        "led into another lawful procedure: {route}[, organ: {organ}]",
    ),
    events.RemedyFactRecorded: (
        "记明其他程序的期限起算事实：{fact}，{fact_date}（其他法律，供参考）",
        "a fact of another procedure was noted: {fact}, {fact_date} (other law, for information)",
    ),
    events.PetitionerTold: (
        "{unit}书面告知信访人{telling}，送达日期 {served_time}[，方式：{method}]",
        "{unit} told the petitioner in writing {telling}, on {served_time}[, {method}]",
    ),
    events.ExtensionApproved: (
        "负责人批准延期 {extension_days} 日，告知信访人后生效",
        "the head approved an extension of {extension_days} days, without effect until notified",
    ),
    events.ExtensionNotified: (
        "延期已告知信访人，送达日期 {served_time}[，方式：{method}]",
        "the petitioner was told of the extension, on {served_time}[, {method}]",
    ),
    events.OpinionIssued: (
        "出具信访处理意见书：{outcome}[；重新作出，{redo_finding}]",
        "a written opinion was issued: {outcome}[; done again, {redo_finding}]",
    ),
    types.SameFactsFinding: (
        "经办人认定：{same_facts}[，文本比对：{likeness}]",
        "the officer found: {same_facts}[, texts compared: {likeness}]",
    ),
    events.OpinionServed: (
        "处理意见书送达信访人，送达日期 {served_time}[，方式：{method}]",
        "the opinion reached the petitioner on {served_time}[, {method}]",
    ),
    events.ReviewRequested: (
        "信访人于 {requested_time} 向{organ}申请{level}[，逾期理由{late_reason}]",
        "the petitioner asked {organ} for {level} on {requested_time}[, reason for lateness {late_reason}]",
    ),
    events.ReviewDecided: (
        "作出{level}意见：{outcome}[为{new_outcome}]",
        "{level} decided: {outcome}[ to: {new_outcome}]",
    ),
    events.ReviewServed: (
        "{level}意见书送达信访人，送达日期 {served_time}[，方式：{method}]",
        "the opinion on {level} reached the petitioner on {served_time}[, {method}]",
    ),
    events.RecusalRequested: (
        "申请{unit}承办人[ {officer} ]回避，由{decider}负责人决定[，依据{authority}]",
        (
            "recusal of an officer of {unit} was asked for[: {officer}]; the head of {decider} decides"
            "[, on the authority of {authority}]"
        ),
    ),
    events.RecusalDecided: (
        "回避申请：{unit} {officer} {granted}；决定人 {approved_by}",
        "recusal of {officer} of {unit}: {granted}; decided by {approved_by}",
    ),
    events.SupportExecuted: (
        "支持信访请求的意见或者协议已执行[：{agreement}]",
        "the supported request, or what was agreed, was carried out[: {agreement}]",
    ),
    events.PetitionClosed: (
        "办结：{kind}[，告知书送达日期 {served_time}][，方式：{method}]",
        "closed: {kind}[, the petitioner was told on {served_time}][, {method}]",
    ),
    events.CompletionReported: (
        "{unit}向{to_unit}提交办结报告",
        "{unit} reported completion to {to_unit}",
    ),
    events.CompletionAccepted: (
        "{unit}审核认定办结，决定人 {officer}",
        "{unit} accepted the report on completion; decided by officer {officer}",
    ),
    events.CompletionSentBack: (
        "{unit}退回办结报告，原办理期限不变，决定人 {officer}",
        "{unit} sent the report on completion back, its last day stays; decided by officer {officer}",
    ),
    events.AgreementReached: (
        "达成{form}协议，文书和双方同意已密封[，履行期限 {due_date}]；记录人 {officer}",
        (
            "{form} was agreed, document and both consents are sealed[, to be performed by {due_date}]"
            "; recorded by officer {officer}"
        ),
    ),
    events.WithdrawalRequested: (
        "信访人申请撤回[，方式：{way}][，由 {officer} 登记其签名陈述]；须由信访人本人冷静期后确认",
        (
            "the petitioner asked to withdraw[, by {way}][, signed statement recorded by officer {officer}]"
            "; to be confirmed by the petitioner after thinking it over"
        ),
    ),
    events.WithdrawalConfirmed: (
        "信访人确认撤回[，方式：{way}][，{whole_petition}]",
        "the petitioner confirmed the withdrawal[, by {way}][, {whole_petition}]",
    ),
    events.PetitionContinued: (
        "信访人（承受人）表示继续信访[，方式：{way}][，事项恢复为：{resumed_status}]",
        "the petition goes on, as who has the code says[, by {way}][, it is again: {resumed_status}]",
    ),
    events.PetitionerDied: (
        "信访人死亡，证明已密封；记录人 {officer}",
        "the petitioner died, the evidence is sealed; recorded by officer {officer}",
    ),
    events.PetitionRated: (
        "信访人评价：信访部门 {office_rating}，责任单位 {unit_rating}[，方式：{way}]",
        "the petitioner rated: petition office {office_rating}, responsible unit {unit_rating}[, by {way}]",
    ),
    events.RatingTakenBack: (
        "评价已由信访人留存的联系方式撤回",
        "the rating was taken back from the contact that the petitioner left",
    ),
    events.NoticeSent: (
        "已按信访人留存的联系方式告知评价情况",
        "the petitioner was told of the rating at the contact left",
    ),
    events.PetitionRestated: (
        "更正、重述信访事项内容[，依据{authority}]",
        "what the petition is about was put in other words[, on the authority of {authority}]",
    ),
    events.RegistrationCorrected: (
        (
            "更正登记[：{fields}]（原记录仍在案）[，已核定：{settled}]"
            "[，收到日期 {received_time}][，问题属地 {division}][，渠道 {channel}][，依据{authority}]"
        ),
        (
            "the registration was put right[: {fields}] (what stood there stays on the record)"
            "[, settled: {settled}]"
            "[, received {received_time}][, place {division}][, channel {channel}]"
            "[, on the authority of {authority}]"
        ),
    ),
    events.PetitionSplit: (
        "分出案件 {part_case_id}，轨道：{track}",
        "a part was split off into case {part_case_id}, track: {track}",
    ),
    events.CaseLinked: (
        "关联案件 {other_case_id}：{kind}",
        "linked to case {other_case_id}: {kind}",
    ),
    events.CaseOffered: (
        "{from_unit}将涉法涉诉事项移送{to_unit}（{organ_kind}），接收前仍由移送单位负责[，依据{authority}]",
        (
            "{from_unit} offered the litigation matter to {to_unit} ({organ_kind}) and stays responsible"
            " until it is taken[, on the authority of {authority}]"
        ),
    ),
    events.OfferWithdrawn: (
        "撤回对{to_unit}的移送：{cause}",
        "the offer to {to_unit} was withdrawn: {cause}",
    ),
    events.OfferEnded: (
        "{to_unit}未接收移送：{reason}",
        "{to_unit} did not take the offer: {reason}",
    ),
    events.OfferLapsed: (
        "{to_unit}接收时移送已失效，责任未转移",
        "{to_unit} took the offer when it was not open any more; responsibility has not moved",
    ),
    events.JudicialReferralAcknowledged: (
        "{organ}接收涉法涉诉事项",
        "{organ} took the litigation part",
    ),
    events.JudicialReferralReturned: (
        "{organ}退回涉法涉诉事项：{concluded}[，{recalled}]",
        "{organ} handed the litigation part back: {concluded}[, {recalled}]",
    ),
    events.ResolutionItemApplied: (
        "联席会议决议在本案生效：{kind}[，{unit}][，期限 {due_date}][，依据{authority}]",
        (
            "a joint meeting's resolution took effect on this case: {kind}[, {unit}][, by {due_date}]"
            "[, on the authority of {authority}]"
        ),
    ),
    events.ResolutionItemRefused: (
        "联席会议决议未在本案生效，原因 {reason}",
        "a joint meeting's resolution did not take effect on this case: {reason}",
    ),
    events.ResolutionTaskDone: (
        "联席会议决议的任务已完成",
        "a task from a joint meeting's resolution was done",
    ),
    events.MeetingRequested: (
        "{unit}请求{centre}召集联席会议[，依据{authority}]",
        "{unit} asked {centre} to call a joint meeting[, on the authority of {authority}]",
    ),
    events.PersonalDataRead: (
        "查阅个人信息[：{purposes}][，用途：{ground}]",
        "personal data was read[: {purposes}][, for {ground}]",
    ),
}
