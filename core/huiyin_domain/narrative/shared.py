"""Sentences and words of what every context has: whose authority, which track, keys that are destroyed."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.narrative.writer import Pair, Words

TEMPLATES: Mapping[type[Message], Pair] = {
    common.Authority: ("{organ}[（{kind}）]", "{organ}[ ({kind})]"),
    vault.KeysDestroyed: (
        "密钥已销毁，以其密封的内容不可再读[，原因：{ground}]",
        "keys were destroyed, and what was sealed under them can never be read again[, because of {ground}]",
    ),
}

WORDS: Words = {
    "huiyin.common.v1.AuthorityKind": {
        common.AUTHORITY_KIND_UNSPECIFIED: ("", ""),
        common.AUTHORITY_KIND_REGISTRATION: ("登记", "registration"),
        common.AUTHORITY_KIND_HOLDER: ("责任单位", "responsible unit"),
        common.AUTHORITY_KIND_ACCEPTANCE: ("受理", "acceptance"),
        common.AUTHORITY_KIND_SUPERIOR: ("上级机关", "superior"),
        common.AUTHORITY_KIND_CONFERENCE: ("联席会议", "joint conference"),
        common.AUTHORITY_KIND_RESOLUTION: ("决议", "resolution"),
        common.AUTHORITY_KIND_PETITIONER: ("信访人", "the petitioner"),
        common.AUTHORITY_KIND_JUDICIAL: ("政法机关", "judicial organ"),
    },
    "huiyin.common.v1.Track": {
        common.TRACK_UNSPECIFIED: ("", ""),
        common.TRACK_ADMINISTRATIVE: ("行政", "administrative"),
        common.TRACK_JUDICIAL: ("涉法涉诉", "judicial"),
        common.TRACK_DISCIPLINE: ("检举控告", "discipline"),
        common.TRACK_SUGGESTION: ("建议意见", "suggestion"),
    },
    "huiyin.vault.v1.KeysDestroyed.ground": {
        "request": ("本人要求", "the person's request"),
        "order": ("法院或者上级的决定", "the order of a court or a superior"),
        "retention": ("保存期限届满", "the end of the retention period"),
    },
}
