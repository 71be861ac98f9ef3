"""No event holds anybody's words in clear: each text in one is of a kind that is on the list."""

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Person, Sealed
from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_kernel.codec import EVENT_TYPES
from tests.house.clear_texts import MEANINGS, clear_texts, unexplained


def test_every_text_in_an_event_has_a_meaning_that_is_no_ones_words() -> None:
    assert unexplained(clear_texts([*EVENT_TYPES.values(), EventMetadata])) == []


def test_every_meaning_is_that_of_some_event() -> None:
    found = {field.name for field in clear_texts([*EVENT_TYPES.values(), EventMetadata])}
    assert {name for names in MEANINGS.values() for name in names} <= found


@pytest.mark.parametrize("message, field", [(Person, "address"), (Clear, "text"), (DeadLetter, "cause")])
def test_a_text_that_could_be_anybodys_words_is_found(message: type[Message], field: str) -> None:
    assert f"{message.DESCRIPTOR.full_name}.{field}" in unexplained(clear_texts([message]))


def test_what_is_sealed_is_not_in_clear() -> None:
    assert list(clear_texts([Sealed])) == []
