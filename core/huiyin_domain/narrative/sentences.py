"""describe(event, directory): what happened, in one sentence of each language, without personal data."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Entry
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.codes import CodeTables
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.directory import Directory
from huiyin_domain.narrative import intake, judicial, reception, supervision
from huiyin_domain.narrative.writer import LANGUAGES, Language, Pair, Words, Writer, entry_note

_CONTEXTS = (intake, judicial, reception, supervision)

_SHARED_TEMPLATES: dict[type[Message], Pair] = {
    common.Authority: ("{organ}[（{kind}）]", "{organ}[ ({kind})]"),
    vault.KeysDestroyed: (
        "密钥已销毁，以其密封的内容不可再读[，原因：{ground}]",
        "keys were destroyed, and what was sealed under them can never be read again[, because of {ground}]",
    ),
}

_SHARED_WORDS: dict[str, Mapping[int | str, Pair]] = {
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

TEMPLATES: Mapping[type[Message], Pair] = _SHARED_TEMPLATES | {
    message: texts for context in _CONTEXTS for message, texts in context.TEMPLATES.items()
}
"""The sentence of every event message, and of the parts that a sentence lists."""

WORDS: Words = _SHARED_WORDS | {name: words for context in _CONTEXTS for name, words in context.WORDS.items()}
"""The field's words for enum values, yes and no, and codes."""


def describe(
    event: Message, directory: Directory, codes: CodeTables | None = None, entry: Entry | None = None
) -> tuple[str, str]:
    """The event in Chinese and English; channels and classes by name where the code tables are given.

    An act that was entered late, or imported as history, is told as such wherever it is told.
    """
    if type(event) not in TEMPLATES:
        raise UnknownEventError(event.DESCRIPTOR.full_name)
    zh, en = (_written(event, language, directory, codes) for language in LANGUAGES)
    note = entry_note(entry) if entry else ("", "")
    return zh + note[0], en + note[1]


def _written(event: Message, language: Language, directory: Directory, codes: CodeTables | None) -> str:
    return Writer(language, directory, codes, TEMPLATES, WORDS).sentence(event)
