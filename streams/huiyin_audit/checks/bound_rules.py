"""The rules of promise P6, each with the sentence for when it is broken."""

from huiyin_audit.findings import Rule

NEVER_BOUND = Rule(
    "NEVER_BOUND",
    "决议 {resolution} 的事项 {item} 有结果，该决议却未生效或没有此事项",
    "item {item} has an outcome, but its resolution {resolution} never bound or has no such item",
)
APPLIED_BEFORE_BOUND = Rule(
    "APPLIED_BEFORE_BOUND",
    "决议事项 {item} 在决议生效之前即已执行",
    "item {item} was applied before its resolution bound",
)
ITEM_ENDS_TWICE = Rule(
    "ITEM_ENDS_TWICE",
    "决议事项 {item} 已有结果，又出现一次",
    "item {item} had its outcome already and gets another",
)
ITEM_ALTERED = Rule(
    "ITEM_ALTERED",
    "决议事项 {item} 的执行与所签内容不同（信访事项、种类、单位或期限）",
    "item {item} was applied other than signed (case, kind, unit or date)",
)
PARTLY_APPLIED = Rule(
    "PARTLY_APPLIED",
    "决议 {resolution} 有 {applied} 项执行、{refused} 项拒绝：只能全部执行或全部不执行",
    "of resolution {resolution} {applied} items were applied and {refused} refused: it is all or none",
)
REFUSED_WITHOUT_CAUSE = Rule(
    "REFUSED_WITHOUT_CAUSE",
    "决议 {resolution} 被拒绝，却没有一项写明自身的理由",
    "resolution {resolution} was refused, but no item gives a reason of its own",
)
NO_OUTCOME = Rule(
    "NO_OUTCOME",
    "决议事项 {item} 既未执行也未拒绝",
    "item {item} was neither applied nor refused",
)
NOT_SETTLED = Rule(
    "NOT_SETTLED",
    "决议事项 {item} 的结果没有回到会议",
    "the outcome of item {item} did not come back to the meeting",
)
SETTLED_OTHERWISE = Rule(
    "SETTLED_OTHERWISE",
    "会议所记事项 {item} 的结果与该信访事项所记不同，或早于它",
    "the meeting has another outcome of item {item} than its case, or had it before its case",
)
SETTLED_TOO_SOON = Rule(
    "SETTLED_TOO_SOON",
    "决议 {resolution} 记为办结，其事项尚未全部有结果",
    "resolution {resolution} was called settled before all its items were",
)
