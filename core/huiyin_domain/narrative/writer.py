"""Fills an event's sentence: {field} is the field in words; [a part in brackets] goes when that is empty."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import ENTRY_KIND_IMPORTED, ENTRY_KIND_LATE, Entry, Sealed
from huiyin_domain.codes import CodeTable, CodeTables
from huiyin_domain.dates import instant, local_date
from huiyin_domain.directory import Directory, name_of

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, Language] = ("zh", "en")

Pair = tuple[str, str]
"""The same in Chinese and English."""

Words = Mapping[str, Mapping[int | str, Pair]]
"""Words for values, by the full name of an enum or of a field; False and True are 0 and 1."""


def in_language(pair: Pair, language: Language) -> str:
    """The text of a pair in a language."""
    return pair[LANGUAGES.index(language)]


LIST_MAX = 10
"""Entries of a list that a sentence names before it says how many more there are."""

_FIELD = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_SEALED: Pair = ("（密封内容）", "(sealed)")
_NOT_GIVEN: Pair = ("未注明", "not given")
_COMMA: Pair = ("、", ", ")
_MORE: Pair = ("等共{}项", " and others, {} in all")


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes sentences in one language."""

    language: Language
    directory: Directory
    codes: CodeTables | None
    templates: Mapping[type[Message], Pair]
    words: Words

    def sentence(self, message: Message) -> str:
        """The message by its template."""

        def optional(match: re.Match[str]) -> str:
            names = _FIELD.findall(match[1])
            return match[1] if all(self._field(message, name) for name in names) else ""

        def value(match: re.Match[str]) -> str:
            return self._field(message, match[1]) or self._say(_NOT_GIVEN)

        template = in_language(self.templates[type(message)], self.language)
        return _FIELD.sub(value, _OPTIONAL.sub(optional, template))

    def _say(self, pair: Pair) -> str:
        return in_language(pair, self.language)

    def _field(self, message: Message, name: str) -> str:
        field: FieldDescriptor = message.DESCRIPTOR.fields_by_name[name]  # type: ignore[assignment] # two stubs of it
        value = getattr(message, name)
        if field.is_repeated:
            return self._list([self._value(field, entry) for entry in value])
        if field.message_type is not None and not message.HasField(name):
            return ""
        return self._value(field, value)

    def _list(self, texts: list[str]) -> str:
        shown = self._say(_COMMA).join(texts[:LIST_MAX])
        return shown + self._say(_MORE).format(len(texts)) if len(texts) > LIST_MAX else shown

    def _value(self, field: FieldDescriptor, value: object) -> str:
        match value:
            case Sealed():
                return self._say(_SEALED)
            case Timestamp():
                return local_date(instant(value)).isoformat()
            case Message():
                return self.sentence(value)
            case str():
                return self._text(field, value)
            case int():
                return self._number(field, value)
            case _:
                raise TypeError(f"{field.full_name} is not told in words: leave it out of the sentence")

    def _text(self, field: FieldDescriptor, text: str) -> str:
        if pair := self.words.get(field.full_name, {}).get(text):
            return self._say(pair)
        if text in self.directory:
            return self.directory.name(text, self.language)
        return self._code(field.name, text)

    def _number(self, field: FieldDescriptor, number: int) -> str:
        name = field.enum_type.full_name if field.enum_type is not None else field.full_name
        if pair := self.words.get(name, {}).get(int(number)):
            return self._say(pair)
        return str(number) if number else ""

    def _code(self, name: str, text: str) -> str:
        table = self._table(name)
        if table is None or text not in table:
            return text if table is None or name != "division" else name_of(text, table)
        code = table.codes[text]
        return code.name_zh if self.language == "zh" else code.name_en or code.name_zh

    def _table(self, name: str) -> CodeTable | None:
        if self.codes is None:
            return None
        tables = {
            "channel": self.codes.channels,
            "purpose": self.codes.purposes,
            "content_class": self.codes.content_classes,
            "division": self.codes.divisions,
            "source": self.codes.sources,
        }
        return tables.get(name)


def entry_note(entry: Entry) -> Pair:
    """What is said after an act that was entered late, with the head who answers for it, or imported."""
    if entry.kind == ENTRY_KIND_IMPORTED:
        return "（历史数据）", " (imported history)"
    if entry.kind != ENTRY_KIND_LATE:
        return "", ""
    by = entry.officer
    officer_zh, officer_en = (f"，经办人 {by}", f", noted by {by}") if by else ("", "")
    head = entry.approved_by
    return f"（补录，负责人 {head} 批准{officer_zh}）", f" (late entry, approved by {head}{officer_en})"
