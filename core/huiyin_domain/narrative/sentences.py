"""describe(event, directory): what happened, in one sentence of each language, without personal data."""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Entry
from huiyin_domain.codes import CodeTables
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.directory import Directory
from huiyin_domain.narrative import intake, judicial, reception, shared, supervision
from huiyin_domain.narrative.writer import LANGUAGES, Language, Words, Writer, entry_note

_CONTEXTS = (intake, judicial, reception, shared, supervision)

TEMPLATES: Mapping[type[Message], tuple[str, str]] = {
    message: texts for context in _CONTEXTS for message, texts in context.TEMPLATES.items()
}
"""The sentence of every event message, and of the parts that a sentence lists."""

WORDS: Words = {name: words for context in _CONTEXTS for name, words in context.WORDS.items()}
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
