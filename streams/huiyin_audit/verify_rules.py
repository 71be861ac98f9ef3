"""The rules that logs and vaults must keep, each with the sentence for when they do not."""

from huiyin_audit.findings import AuditRule

POSITION_GAP = AuditRule(
    "POSITION_GAP",
    "位置 {first} 至 {last} 的事件缺失：位置必须从 1 起连续",
    "events {first} to {last} are missing: positions must run from 1 without a gap",
)
POSITION_REPEATED = AuditRule(
    "POSITION_REPEATED",
    "位置 {position} 排在位置 {previous} 之后：重复或被移动",
    "position {position} stands after position {previous}: repeated or moved",
)
RECORDED_TIME_WENT_BACK = AuditRule(
    "RECORDED_TIME_WENT_BACK",
    "记录时间 {recorded} 早于前一事件的 {previous}",
    "recorded at {recorded}, earlier than the event before it at {previous}",
)
VERSION_NOT_NEXT = AuditRule(
    "VERSION_NOT_NEXT",
    "流内版本为 {version}，应为 {expected}：有事件被删除、插入或移动",
    "version {version} in its stream where {expected} was due: an event was dropped, inserted or moved",
)
PREVIOUS_HASH_WRONG = AuditRule(
    "PREVIOUS_HASH_WRONG",
    "前一哈希与该流上一事件的哈希不符：链条在此断开",
    "its previous hash is not the hash of the stream's event before it: the chain breaks here",
)
HASH_WRONG = AuditRule(
    "HASH_WRONG",
    "内容与其哈希不符：事件在记录后被改动",
    "its content does not give its hash: the event was altered after it was recorded",
)
UNKNOWN_TYPE = AuditRule(
    "UNKNOWN_TYPE",
    "事件类型 {type} 本版本不认识",
    "event type {type} is not known to this build",
)
PAYLOAD_UNREADABLE = AuditRule(
    "PAYLOAD_UNREADABLE",
    "内容不能按类型 {type} 读出",
    "its payload cannot be read as {type}",
)
METADATA_UNREADABLE = AuditRule(
    "METADATA_UNREADABLE",
    "元数据不能读出",
    "its metadata cannot be read",
)
HEAD_DIFFERS = AuditRule(
    "HEAD_DIFFERS",
    "流表记为版本 {version}、位置 {position}，日志中该流止于版本 {found_version}、位置 {found_position}，"
    "或哈希不同",
    "the table of streams has version {version} at position {position}; the log's last event has version"
    " {found_version} at position {found_position}, or another hash",
)
HEAD_WITHOUT_EVENTS = AuditRule(
    "HEAD_WITHOUT_EVENTS",
    "流表记有版本 {version}，日志中没有该流的事件",
    "the table of streams has it at version {version}, but the log has no event of it",
)
HEAD_MISSING = AuditRule(
    "HEAD_MISSING",
    "日志中有该流的事件，流表中却没有该流",
    "the log has events of it, but the table of streams does not know it",
)
REQUEST_MISSING = AuditRule(
    "REQUEST_MISSING",
    "位置 {first} 至 {last} 的事件不属于任何请求",
    "events {first} to {last} belong to no request",
)
REQUEST_DIFFERS = AuditRule(
    "REQUEST_DIFFERS",
    "请求表记为请求 {request_id}，位置 {first} 的事件却出自请求 {named}",
    "the table of requests says {request_id}, but the event at {first} came from request {named}",
)
REQUEST_OVERLAP = AuditRule(
    "REQUEST_OVERLAP",
    "请求 {request_id} 自位置 {first} 起，位置 {until} 以内已属于其他请求",
    "request {request_id} begins at {first}, but events up to {until} belong to another request already",
)
REQUEST_BEYOND_LOG = AuditRule(
    "REQUEST_BEYOND_LOG",
    "请求 {request_id} 写到位置 {last}，日志止于 {end}：日志末尾被截去",
    "request {request_id} wrote up to {last}, but the log ends at {end}: its tail was cut off",
)
CURSOR_BEYOND_LOG = AuditRule(
    "CURSOR_BEYOND_LOG",
    "{consumer} 已读到位置 {position}，日志止于 {end}：日志末尾被截去",
    "{consumer} had read up to {position}, but the log ends at {end}: its tail was cut off",
)
SOURCE_BROKEN = AuditRule(
    "SOURCE_BROKEN",
    "存储报告日志损坏，此后未能读出：{error}",
    "the store reports a broken log and reads no further: {error}",
)

KEY_MISSING = AuditRule(
    "KEY_MISSING",
    "密封内容所用的密钥 {key} 不在任何保管库，也没有销毁记录：密钥被删除",
    "it is sealed under key {key}, which no vault has and no record says was destroyed: it was taken away",
)
KEY_DESTROYED_IN_SILENCE = AuditRule(
    "KEY_DESTROYED_IN_SILENCE",
    "密钥 {key} 已被销毁，却没有销毁记录",
    "key {key} is destroyed, and no record says so",
)
KEY_CAME_BACK = AuditRule(
    "KEY_CAME_BACK",
    "密钥 {key} 记为已销毁，保管库中却仍有：销毁未完成，或旧密钥被恢复",
    "key {key} is destroyed by the record, but living in the vault: the erasure is not done, or an old key"
    " was put back",
)
KEY_DOES_NOT_OPEN = AuditRule(
    "KEY_DOES_NOT_OPEN",
    "{subject} 的密钥 {key} 不能以主密钥 {master} 打开：被改动、调换，或由旧备份恢复",
    "key {key} of {subject} does not open under master key {master}: it was altered, swapped, or put back"
    " from an old backup",
)
