"""The rules that the vaults must keep, each with the sentence for when they do not."""

from huiyin_audit.findings import Rule

KEY_MISSING = Rule(
    "KEY_MISSING",
    "密封内容所用的密钥 {key} 不在任何保管库，也没有销毁记录：密钥被删除",
    "it is sealed under key {key}, which no vault has and no record says was destroyed: it was taken away",
)
KEY_DESTROYED_IN_SILENCE = Rule(
    "KEY_DESTROYED_IN_SILENCE",
    "密钥 {key} 已被销毁，却没有销毁记录",
    "key {key} is destroyed, and no record says so",
)
KEY_CAME_BACK = Rule(
    "KEY_CAME_BACK",
    "密钥 {key} 记为已销毁，保管库中却仍有：销毁未完成，或旧密钥被恢复",
    "key {key} is destroyed by the record, but living in the vault: the erasure is not done, or an old key"
    " was put back",
)
KEY_DOES_NOT_OPEN = Rule(
    "KEY_DOES_NOT_OPEN",
    "{subject} 的密钥 {key} 不能以主密钥 {master} 打开：被改动、调换，或由旧备份恢复",
    "key {key} of {subject} does not open under master key {master}: it was altered, swapped, or put back"
    " from an old backup",
)
