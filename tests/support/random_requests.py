"""Requests that say anything at all, within the contract or beyond it, chosen by a seed."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Clear
from huiyin_kernel.ids import uuid7

LIST_MAX = 3
NOISE = 0.02
"""How often a value is one that no caller should send."""

UNUSUAL = frozenset({"causes", "sealed", "resume_token", "page_token", "causation_id", "occurred_time"})
"""Fields that callers seldom fill."""

_WORDS = ("", "x", "2026-03-02", "2031-12-30", "示例", "'; --", "%s", "{}", "a" * 300, "\u202e", "\U0001f3ee")
_NUMBERS = (-(2**31), -1, 0, 5, 99, 2**31 - 1)


class Requests:
    """Makes requests that often mean something. `cases` are there to be named; identifiers in answers come to
    them. `texts` are what to say in a field, by its name, and under "" in any other.
    """

    def __init__(self, seed: int, cases: Sequence[str], texts: Mapping[str, Sequence[str]]) -> None:
        self.random, self._texts = Random(seed), texts
        self._ids: dict[str, list[str]] = {"case_id": list(cases)}

    def message(self, descriptor: Descriptor) -> Any:
        """A message of this type."""
        if descriptor is Timestamp.DESCRIPTOR:
            return self._timestamp()
        if descriptor is Clear.DESCRIPTOR and self.random.random() > NOISE:
            return Clear(text="随机文字")
        message: Any = GetMessageClass(descriptor)()
        for field in descriptor.fields:
            if self.random.random() < (NOISE if field.name in UNUSUAL else 0.9):
                self._set(message, field)
        if "request_id" in descriptor.fields_by_name:
            message.request_id = str(uuid7())
        return message

    def learn(self, answer: Message) -> None:
        """Takes over the identifiers in an answer."""
        for field, value in answer.ListFields():
            if field.name.endswith("_id") and isinstance(value, str):
                self._ids.setdefault(field.name, []).append(value)

    def _set(self, message: Message, field: FieldDescriptor) -> None:
        if field.is_repeated:
            values = [self._value(field) for _ in range(self.random.randrange(LIST_MAX + 1))]
            getattr(message, field.name).extend(values)
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(self._value(field))
        else:
            setattr(message, field.name, self._value(field))

    def _value(self, field: FieldDescriptor) -> Any:
        if field.message_type is not None:
            return self.message(field.message_type)
        noise = self.random.random() < NOISE
        match field.type:
            case FieldDescriptor.TYPE_STRING:
                return self._text(field.name, noise)
            case FieldDescriptor.TYPE_BYTES:
                return self.random.randbytes(self.random.randrange(40))
            case FieldDescriptor.TYPE_BOOL:
                return self.random.random() < 0.5
            case FieldDescriptor.TYPE_ENUM:
                assert field.enum_type is not None
                return self.random.choice([value.number for value in field.enum_type.values])
            case _:
                return self.random.choice(_NUMBERS if noise else (1, 2, 3))

    def _text(self, name: str, noise: bool) -> str:
        if noise:
            return self.random.choice(_WORDS)
        if name.endswith(("_id", "_ids")):
            return self.random.choice(self._ids.get(name.removesuffix("s"), self._ids["case_id"]))
        return self.random.choice(self._texts.get(name) or self._texts[""])

    def _timestamp(self) -> Timestamp:
        noise = self.random.random() < NOISE
        return Timestamp(seconds=self.random.choice((-1, 10**12) if noise else (0, 10**9, 1_700_000_000)))
