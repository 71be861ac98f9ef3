"""Words for the enum values and codes in intake's events."""

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.narrative.words import Words

WORDS: Words = {
    "huiyin.intake.v1.PetitionClass": {
        types.PETITION_CLASS_UNSPECIFIED: ("", ""),
        types.PETITION_CLASS_SUGGESTION: ("建议意见类", "suggestion"),
        types.PETITION_CLASS_ACCUSATION: ("检举控告类", "accusation"),
        types.PETITION_CLASS_CLAIM: ("申诉求决类", "claim"),
        types.PETITION_CLASS_LITIGATION: ("涉法涉诉", "litigation"),
    },
    "huiyin.intake.v1.RegistrationDoubt": {
        types.REGISTRATION_DOUBT_UNSPECIFIED: ("", ""),
        types.REGISTRATION_DOUBT_PLACE_MISSING: ("未写问题属地", "no place was written"),
        types.REGISTRATION_DOUBT_PLACE_UNKNOWN: (
            "所写属地不在区划表内",
            "the place written is not in the table",
        ),
        types.REGISTRATION_DOUBT_PLACE_NOT_IN_FORCE: (
            "收到之日该区划代码未生效或已撤销",
            "the division was not in force on the day of receipt",
        ),
        types.REGISTRATION_DOUBT_CHANNEL: ("信访形式", "the channel"),
        types.REGISTRATION_DOUBT_PURPOSE: ("信访目的", "the purpose"),
        types.REGISTRATION_DOUBT_CONTENT_CLASS: ("内容分类", "the content class"),
        types.REGISTRATION_DOUBT_SOURCE: ("来源", "the source"),
        types.REGISTRATION_DOUBT_PERSON_COUNT: ("信访人数", "the number of persons"),
        types.REGISTRATION_DOUBT_RECEIVED_TIME: (
            "所写收到日期不可能，暂记办理单位登记之日",
            "the date of receipt: the office's own stands in its place",
        ),
        types.REGISTRATION_DOUBT_POSTED_TIME: ("寄出日期", "the date of posting"),
        types.REGISTRATION_DOUBT_CONTENT_MISSING: ("没有录入内容，待看原件", "no content was entered"),
        types.REGISTRATION_DOUBT_ENTERED_LATE: (
            "收到后逾期登记，未经单位负责人说明",
            "registered late, without the head's reason",
        ),
    },
    "huiyin.intake.v1.Route": {
        types.ROUTE_UNSPECIFIED: ("", ""),
        types.ROUTE_JUDICIAL: ("诉讼、法律监督或公安法律程序", "judicial procedure"),
        types.ROUTE_ARBITRATION: ("仲裁", "arbitration"),
        types.ROUTE_PARTY: ("党员申诉", "Party appeal"),
        types.ROUTE_ADMINISTRATIVE_PROCEDURE: ("行政程序", "administrative procedure"),
        types.ROUTE_DUTY_TO_ACT: ("履行法定职责", "duty to act"),
        types.ROUTE_PETITION: ("信访程序", "petition procedure"),
    },
    "huiyin.intake.v1.HandoverKind": {
        types.HANDOVER_KIND_UNSPECIFIED: ("", ""),
        types.HANDOVER_KIND_TRANSFER: ("转送", "transfer"),
        types.HANDOVER_KIND_REFERRAL: ("交办", "referral for handling"),
    },
    "huiyin.intake.v1.HandoverOrder": {
        types.HANDOVER_ORDER_UNSPECIFIED: ("", ""),
        types.HANDOVER_ORDER_ACCEPT: ("受理", "accept the matter"),
        types.HANDOVER_ORDER_ANSWER: (
            "受理或者说明理由提出异议",
            "accept it, or object with reasons",
        ),
    },
    "huiyin.intake.v1.ReceiptGround": {
        types.RECEIPT_GROUND_UNSPECIFIED: ("", ""),
        types.RECEIPT_GROUND_OUTAGE: ("交换系统中断记录", "a report of the exchange's outage"),
        types.RECEIPT_GROUND_POST: ("邮寄或者送交回执", "a receipt of the post or the messenger"),
    },
    "huiyin.intake.v1.MoveBasis": {
        types.MOVE_BASIS_UNSPECIFIED: ("", ""),
        types.MOVE_BASIS_REGISTRATION: ("登记", "registration"),
        types.MOVE_BASIS_ACCEPTANCE: ("受理", "acceptance"),
        types.MOVE_BASIS_SUPERIOR_DECISION: ("共同上级指定", "decision of the common superior"),
        types.MOVE_BASIS_RESOLUTION: ("联席会议决议", "resolution of a joint meeting"),
        types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT: ("政法机关接收", "acknowledged by a judicial organ"),
        types.MOVE_BASIS_JUDICIAL_HAND_BACK: ("政法机关退回", "handed back by a judicial organ"),
        types.MOVE_BASIS_ACCUSATION: ("检举控告回避", "kept from who is accused"),
    },
    "huiyin.intake.v1.NonAcceptanceCode": {
        types.NON_ACCEPTANCE_CODE_UNSPECIFIED: ("", ""),
        types.NON_ACCEPTANCE_CODE_IN_HAND: ("相同事项已受理或正在办理", "same matter in hand"),
        types.NON_ACCEPTANCE_CODE_RE_REVIEWED: (
            "已复核终结，事实和理由相同",
            "re-reviewed, same facts and reasons",
        ),
        types.NON_ACCEPTANCE_CODE_REVIEW_OPEN: (
            "已有处理意见，复查复核期内",
            "opinion given, review still open",
        ),
        types.NON_ACCEPTANCE_CODE_NOT_COMPETENT: ("不属于本机关职权", "not this organ's competence"),
        types.NON_ACCEPTANCE_CODE_LITIGATION: ("属于诉讼权利救济事项", "a litigation-right matter"),
        types.NON_ACCEPTANCE_CODE_TERMINATED: ("涉法涉诉事项已依法终结", "lawfully terminated"),
    },
    "huiyin.intake.v1.OpinionOutcome": {
        types.OPINION_OUTCOME_UNSPECIFIED: ("", ""),
        types.OPINION_OUTCOME_SUPPORTED: ("支持", "supported"),
        types.OPINION_OUTCOME_EXPLAINED: (
            "合理但缺乏法律依据，作出解释说明",
            "reasonable, no legal basis; explained",
        ),
        types.OPINION_OUTCOME_NOT_SUPPORTED: ("不予支持", "not supported"),
    },
    "huiyin.intake.v1.Likeness": {
        types.LIKENESS_UNSPECIFIED: ("", ""),
        types.LIKENESS_WORD_FOR_WORD: ("逐字相同", "word for word the same"),
        types.LIKENESS_NEARLY_THE_SAME: ("基本相同", "nearly the same"),
        types.LIKENESS_ALIKE: ("部分相同", "alike in part"),
        types.LIKENESS_DIFFERENT: ("不同", "different"),
    },
    "huiyin.intake.v1.SameFacts": {
        types.SAME_FACTS_UNSPECIFIED: ("", ""),
        types.SAME_FACTS_SAME: ("事实和理由相同", "same facts and reasons"),
        types.SAME_FACTS_DIFFERENT: ("事实或者理由不同", "other facts or reasons"),
    },
    "huiyin.intake.v1.ServiceMethod": {
        types.SERVICE_METHOD_UNSPECIFIED: ("", ""),
        types.SERVICE_METHOD_IN_PERSON: ("当面", "in person"),
        types.SERVICE_METHOD_MAIL: ("邮寄", "by mail"),
        types.SERVICE_METHOD_OTHER: ("其他", "by other means"),
    },
    "huiyin.intake.v1.ReviewLevel": {
        types.REVIEW_LEVEL_UNSPECIFIED: ("", ""),
        types.REVIEW_LEVEL_REVIEW: ("复查", "review"),
        types.REVIEW_LEVEL_RE_REVIEW: ("复核", "re-review"),
    },
    "huiyin.intake.v1.ReviewOutcome": {
        types.REVIEW_OUTCOME_UNSPECIFIED: ("", ""),
        types.REVIEW_OUTCOME_UPHELD: ("维持", "upheld"),
        types.REVIEW_OUTCOME_REVOKED: ("撤销，责令重新办理", "revoked, to be done again"),
        types.REVIEW_OUTCOME_CHANGED: ("变更", "changed"),
    },
    "huiyin.intake.v1.ClosingKind": {
        types.CLOSING_KIND_UNSPECIFIED: ("", ""),
        types.CLOSING_KIND_ANSWERED: ("已答复并送达", "answered and served"),
        types.CLOSING_KIND_RE_REVIEWED: ("复核意见已送达", "re-review opinion served"),
        types.CLOSING_KIND_AGREEMENT: ("达成协议并履行", "agreement performed"),
        types.CLOSING_KIND_JUDICIAL_CONCLUSION: ("司法程序终结并书面告知", "concluded in the judicial track"),
        types.CLOSING_KIND_SUGGESTION_ANSWERED: ("建议已答复", "suggestion answered"),
    },
    "huiyin.intake.v1.Rating": {
        types.RATING_UNSPECIFIED: ("未评价", "not rated"),
        types.RATING_SATISFIED: ("满意", "satisfied"),
        types.RATING_MOSTLY_SATISFIED: ("基本满意", "mostly satisfied"),
        types.RATING_NOT_SATISFIED: ("不满意", "not satisfied"),
    },
    "huiyin.intake.v1.RatingWay": {
        types.RATING_WAY_UNSPECIFIED: ("", ""),
        types.RATING_WAY_WEB: ("网页", "the petitioners' pages"),
        types.RATING_WAY_TERMINAL: ("自助终端", "a terminal"),
    },
    "huiyin.intake.v1.ResolutionItemKind": {
        types.RESOLUTION_ITEM_KIND_UNSPECIFIED: ("", ""),
        types.RESOLUTION_ITEM_KIND_ASSIGN: ("确定责任单位", "responsible unit"),
        types.RESOLUTION_ITEM_KIND_TASK: ("任务", "task"),
        types.RESOLUTION_ITEM_KIND_REVOKE_TASK: ("撤回任务", "task taken back"),
        types.RESOLUTION_ITEM_KIND_MOVE_TASK: ("改派任务", "task moved"),
    },
    "huiyin.intake.v1.LinkKind": {
        types.LINK_KIND_UNSPECIFIED: ("", ""),
        types.LINK_KIND_SAME_MATTER: ("相同信访事项", "same matter"),
        types.LINK_KIND_RELATED: ("相关信访事项", "related matter"),
        types.LINK_KIND_SPLIT: ("分出部分", "split-off part"),
    },
    "huiyin.intake.v1.PetitionRegistered.anonymous": {
        False: ("", ""),
        True: ("姓名或地址不清", "name or address unclear"),
    },
    "huiyin.intake.v1.PetitionNotAccepted.same_petitioner": {
        False: ("", ""),
        True: ("经办人认定为同一信访人", "found to be the same petitioner's"),
    },
    "huiyin.intake.v1.RegistrationCorrected.fields": {
        "channel": ("信访形式", "channel"),
        "received_time": ("收到日期", "day of receipt"),
        "posted_time": ("寄出日期", "day of posting"),
        "petitioner": ("信访人", "petitioner"),
        "subject": ("主题", "subject"),
        "content": ("主要诉求和情况", "content"),
        "division": ("问题属地", "place"),
        "content_class": ("内容分类", "content class"),
        "purpose": ("信访目的", "purpose"),
        "person_count": ("信访人数", "number of people"),
        "anonymous": ("姓名或地址是否不清", "whether name or address is unclear"),
        "source": ("来源", "source"),
        "source_reference": ("来源编号", "reference in the source"),
    },
    "huiyin.intake.v1.RecusalDecided.granted": {
        False: ("不予回避", "not granted"),
        True: ("应当回避", "granted"),
    },
    "huiyin.intake.v1.JudicialReferralReturned.concluded": {
        False: ("未办结", "without a conclusion"),
        True: ("已依法办结", "lawfully concluded"),
    },
    "huiyin.intake.v1.JudicialReferralReturned.recalled": {
        False: ("", ""),
        True: ("责任由有权机关收回", "taken from it by who may"),
    },
    "huiyin.intake.v1.WithdrawalCause": {
        types.WITHDRAWAL_CAUSE_UNSPECIFIED: ("", ""),
        types.WITHDRAWAL_CAUSE_BY_UNIT: ("移送单位撤回", "by the unit that offered"),
        types.WITHDRAWAL_CAUSE_MOVED: ("责任单位变更", "responsibility moved"),
        types.WITHDRAWAL_CAUSE_RESOLUTION: ("联席会议决议生效", "a joint meeting's resolution took effect"),
        types.WITHDRAWAL_CAUSE_CLASSIFIED: ("重新甄别", "classified otherwise"),
        types.WITHDRAWAL_CAUSE_REVIEW: ("信访人申请复查复核", "the petitioner asked for review"),
    },
    "huiyin.intake.v1.PersonalDataRead.purposes": {
        "petitioner": ("信访人", "petitioner"),
        "subject": ("主题", "subject"),
        "content": ("诉求内容", "content"),
    },
    "huiyin.intake.v1.PersonalDataRead.ground": {
        "handling": ("办理", "handling"),
        "review": ("复查复核", "review"),
        "audit": ("审计", "audit"),
    },
}
