"""Promise P1 as a property: whatever a clerk who may register sends in, in whatever field, is registered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_intake.registration import FilingRegistration
from huiyin_kernel.commands import Commands
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc import form
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import RequestLimits, parse
from huiyin_kernel.settings import RuntimeLimits
from tests.unit.services.test_registering import POLICY, commands, registration, sent

__all__ = ["commands"]

LIMITS = RuntimeLimits()
BOUNDS = RequestLimits(LIMITS.request_bytes_max, LIMITS.text_characters_max)
WHOLE, LONG = st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
_PERSON: tuple[str, ...] = tuple(field.name for field in Person.DESCRIPTOR.fields)

texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", " ", "\0", "letter", "990101", "990101001001", "110103", "某县某村", "一" * 20_001]),
    st.from_regex(r"[0-9]{6,12}", fullmatch=True),
)
secrets = st.builds(lambda text: Secret(clear=Clear(text=text)), texts)
persons = st.builds(
    lambda *said: Secret(clear=Clear(person=Person(**dict(zip(_PERSON, said, strict=True))))),
    *([st.text(max_size=60)] * 5),
)
stamps = st.builds(Timestamp, seconds=LONG, nanos=WHOLE) | st.builds(
    Timestamp, seconds=st.integers(-(10**9), 2 * 10**9)
)
_LEFT_OUT = ("info", "person_id")
"""Who sends the command, and which person of the record files again: identities, which are sound or none."""


def of_field(field: Any) -> st.SearchStrategy[Any]:
    """Anything that a field can hold."""
    if field.name == "petitioner":
        return persons
    if field.message_type is not None:
        return secrets if field.message_type is Secret.DESCRIPTOR else stamps
    by_type = {field.TYPE_STRING: texts, field.TYPE_INT32: WHOLE, field.TYPE_BOOL: st.booleans()}
    return by_type[field.type]


_FIELDS = [one for one in intake.RegisterPetitionRequest.DESCRIPTOR.fields if one.name not in _LEFT_OUT]
said = st.fixed_dictionaries({}, optional={field.name: of_field(field) for field in _FIELDS})
"""What a filing may say: any of its fields, with anything in it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where filings come in."""

    handler: FilingRegistration

    def refusal(self, filed: dict[str, Any], *, imported: bool = False) -> str:
        """Why a filing was turned away; empty when it is registered."""
        info = CommandInfo(request_id=str(uuid7()), imported=imported)
        raw = intake.RegisterPetitionRequest(info=info, **filed).SerializeToString()
        try:
            request = parse(intake.RegisterPetitionRequest, raw, BOUNDS)
            answer = asyncio.run(self.handler.register(sent(raw)[0], request))
        except RefusedError as error:
            return str(error)
        return "" if _stands(answer) else "no case"


def _stands(answer: Message) -> bool:
    return isinstance(answer, intake.RegisterPetitionResponse) and bool(answer.case_id)


@pytest.fixture
def desk(commands: Callable[..., Commands]) -> Desk:
    async def made() -> FilingRegistration:
        handler = registration(commands(POLICY))
        await handler._sketching.sketch("", "")
        return handler

    return Desk(asyncio.run(made()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filed=said, imported=st.booleans())
def test_whatever_a_filing_says_it_is_registered(desk: Desk, filed: dict[str, Any], imported: bool) -> None:
    assert desk.refusal(filed, imported=imported) == ""


def test_a_filing_that_says_nothing_at_all_is_registered(desk: Desk) -> None:
    assert desk.refusal({}) == ""


def test_a_planted_refusal_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were fields of a filing asked for their form like all others, the property would find it."""
    monkeypatch.setattr(form, "is_taken_as_written", lambda field: False)
    form._plan.cache_clear()
    try:
        found = find(said, lambda filed: desk.refusal(filed) != "", settings=settings(max_examples=2000))
    finally:
        form._plan.cache_clear()
    assert found


def test_what_cannot_be_taken_stands_in_the_log_in_no_clear_word(
    desk: Desk, commands: Callable[..., Commands]
) -> None:
    store = commands(POLICY).store
    words = {"division": "某村三组李四家", "channel": "托李四带来", "purpose": "替李四说话", "source": "李四"}
    assert desk.refusal(words) == ""
    events = asyncio.run(store.read(0, 10))
    assert events
    assert not any("李四".encode() in event.data for event in events)
    assert PetitionRegistered.FromString(events[0].data).HasField("as_written")


def test_a_petition_of_200000_characters_is_registered_and_one_more_is_told_its_limit(desk: Desk) -> None:
    """Limits are per field: an Excel cell holds 32,767 characters, a letter more."""

    def content(count: int) -> dict[str, Any]:
        return {"content": Secret(clear=Clear(text="\U00020000" * count))}

    assert desk.refusal(content(200_000)) == ""
    refusal = desk.refusal(content(200_001))
    assert refusal.startswith("SECRET_TOO_LONG: content.text has 200001 characters, at most 200000 are taken")
