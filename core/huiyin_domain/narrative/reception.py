"""Joint reception (联合接访) and joint meetings (联席会议) in words."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1.types_pb2 import CaseAuthority, ResolutionItem
from huiyin_domain.narrative.writer import Pair, Words

TEMPLATES: Mapping[type[Message], Pair] = {
    events.CentreOpened: (
        "联合接访中心 {name} 载入记录，所在地 {division}",
        "joint reception centre {name} is on the record, place {division}",
    ),
    events.VisitReceived: (
        "{agencies}在{centre}共同接待来访，{visitor_count} 人[，依据{authority}]",
        (
            "{agencies} received visitors together at {centre}, persons: {visitor_count}"
            "[, on the authority of {authority}]"
        ),
    ),
    events.MeetingConvened: (
        "{convener}召集联席会议[，地点 {centre}]，参加单位：{participants}[，依据：{authorities}]",
        (
            "{convener} called a joint meeting[ at {centre}] of {participants}"
            "[, on the authority of {authorities}]"
        ),
    ),
    events.MeetingOpened: (
        "联席会议开会，到会单位：{present}",
        "the joint meeting began; present: {present}",
    ),
    events.ResolutionProposed: (
        "提出决议：{items}",
        "a resolution was proposed: {items}",
    ),
    events.ResolutionSigned: (
        "{agency}会签决议，经办人 {officer}",
        "{agency} countersigned the resolution through officer {officer}",
    ),
    events.ResolutionDissented: (
        "{agency}不同意决议，记名在案",
        "{agency} dissented from the resolution, by name",
    ),
    events.ResolutionOrdered: (
        "{agency}以{authority}名义决定，决议应予执行，经办人 {officer}",
        "{agency} ordered the resolution for {authority} through officer {officer}",
    ),
    events.ResolutionBound: (
        "决议生效：{items}[；由{ordered_by}决定]",
        "the resolution binds: {items}[; on the order of {ordered_by}]",
    ),
    events.ItemSettled: (
        "决议事项落定：{applied}[，原因 {reason}]",
        "an item of the resolution is settled: {applied}[, {reason}]",
    ),
    events.ResolutionSettled: (
        "决议各项均已落定",
        "every item of the resolution is settled",
    ),
    events.MeetingWithdrawn: (
        "联席会议撤回",
        "the joint meeting was withdrawn",
    ),
    events.MeetingResumed: (
        "联席会议重新召集[，地点：{centre}]，参加单位：{participants}",
        "the joint meeting was called anew[ at {centre}], with {participants}",
    ),
    events.MeetingClosed: (
        "联席会议结束",
        "the joint meeting ended",
    ),
    ResolutionItem: (
        "案件 {case_id} {kind}[为{unit}][（期限 {due_date}）]",
        "{kind} on case {case_id}[: {unit}][ (by {due_date})]",
    ),
    CaseAuthority: (
        "案件 {case_id}：{authority}",
        "case {case_id}: {authority}",
    ),
}

WORDS: Words = {
    "huiyin.reception.v1.ItemSettled.applied": {
        False: ("未生效", "refused"),
        True: ("已生效", "applied"),
    },
}
