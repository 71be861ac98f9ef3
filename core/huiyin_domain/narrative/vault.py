"""The keys of sealed data in words."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.vault.v1 import events_pb2 as events
from huiyin_domain.narrative.writer import Pair, Words

TEMPLATES: Mapping[type[Message], Pair] = {
    events.KeysDestroyed: (
        "密钥已销毁，以其密封的内容不可再读[，原因：{ground}]",
        "keys were destroyed, and what was sealed under them can never be read again[, because of {ground}]",
    ),
}

WORDS: Words = {
    "huiyin.vault.v1.KeysDestroyed.ground": {
        "request": ("本人要求", "the person's request"),
        "order": ("法院或者上级的决定", "the order of a court or a superior"),
        "retention": ("保存期限届满", "the end of the retention period"),
    },
}
