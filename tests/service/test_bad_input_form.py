"""What is wrong in form is refused before anything is decided: bytes, sizes, texts, enums, ids, times."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from huiyin.common.v1.types_pb2 import CommandInfo, Sealed, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_kernel.codec import timestamp
from tests.mainjob.desk import Desks
from tests.support.calling import (
    OFFICE,
    call_raw,
    claim,
    filing,
    info,
    log_sizes,
    person,
    refusal,
    registered,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTER = "/huiyin.intake.v1.IntakeService/RegisterPetition"
UPPER_CASE = "0192C3A4-7B1E-7DEF-8ABC-0123456789AB"
NOT_UTF8_IN_CHANNEL = b"\x12\x02\xff\xfe"


@pytest.mark.parametrize(
    "raw",
    [b"\xff\xff\xff", filing().SerializeToString()[:-3], filing().SerializeToString() + NOT_UTF8_IN_CHANNEL],
    ids=["no protobuf", "cut short", "not UTF-8"],
)
async def test_bytes_that_are_no_request_are_refused(desks: Desks, raw: bytes) -> None:
    client = (await desks.at(OFFICE)).client
    before = await log_sizes(client)
    refused = await refusal(call_raw(client, "intake", REGISTER, raw))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")
    assert "huiyin.intake.v1.RegisterPetitionRequest" in refused.message
    assert "UTF-8" in refused.message
    assert await log_sizes(client) == before


LATER = datetime.now(UTC) + timedelta(days=2)

MALFORMED: Mapping[str, tuple[Mapping[str, Any], str, str, Mapping[str, str]]] = {
    "request too large": (
        {"source": "x" * 2_100_000},
        "REQUEST_TOO_LARGE",
        "send less",
        {"limit": "2097152"},
    ),
    "words for an identifier": (
        {"info": CommandInfo(request_id=info().request_id, correlation_id="x" * 20_001)},
        "MALFORMED_IDENTIFIER",
        "give a UUID",
        {"field": "info.correlation_id"},
    ),
    "secret too long": (
        {"content": text("路" * 200_001)},
        "SECRET_TOO_LONG",
        "shorten it",
        {"field": "content.text", "characters": "200001", "characters_max": "200000"},
    ),
    "name too long": (
        {"petitioner": person(name="张" * 2_001)},
        "SECRET_TOO_LONG",
        "shorten it",
        {"field": "petitioner.name", "characters": "2001", "characters_max": "2000"},
    ),
    "no info": ({"info": CommandInfo()}, "REQUEST_ID_REQUIRED", "make a UUID", {"field": "info.request_id"}),
    "no UUID": (
        {"info": CommandInfo(request_id="7")},
        "MALFORMED_IDENTIFIER",
        "give a UUID",
        {"field": "info.request_id"},
    ),
    "UUID in capitals": (
        {"person_id": UPPER_CASE},
        "MALFORMED_IDENTIFIER",
        "in lower case",
        {"field": "person_id"},
    ),
    "occurred later": (
        {"info": info(LATER)},
        "OCCURRED_IN_FUTURE",
        "record what has happened",
        {"field": "info.occurred_time"},
    ),
    "no time in info": (
        {"info": CommandInfo(request_id=info().request_id, occurred_time=Timestamp(nanos=-1))},
        "MALFORMED_TIME",
        "give seconds",
        {"field": "info.occurred_time"},
    ),
    "sealed by a caller": (
        {"content": Secret(sealed=Sealed(key_id=info().request_id, ciphertext=b"x", purpose="content"))},
        "UNEXPECTED_SEALED",
        "send it in clear",
        {"field": "content"},
    ),
    "text as petitioner": (
        {"petitioner": text("张某")},
        "SECRET_KIND_WRONG",
        "clear.person",
        {"wanted": "person"},
    ),
}


@pytest.mark.parametrize("fields, reason, advice, facts", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_filing_is_refused_and_leaves_nothing(
    desks: Desks, fields: Mapping[str, Any], reason: str, advice: str, facts: Mapping[str, str]
) -> None:
    client = (await desks.at(OFFICE)).client
    before = await log_sizes(client)
    refused = await refusal(client.intake.RegisterPetition(filing(**fields)))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, reason)
    assert facts.items() <= refused.facts.items()
    assert refused.message.startswith(f"{reason}: ")
    assert advice in refused.message
    assert await log_sizes(client) == before


async def test_a_request_beyond_what_the_transport_takes_is_refused(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    refused = await refusal(client.intake.RegisterPetition(filing(source="x" * 9_000_000)))
    assert refused.code is StatusCode.RESOURCE_EXHAUSTED
    assert "8388608" in refused.message


async def test_an_unknown_enum_number_is_refused_with_the_known_names(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    request = claim(await registered(client))
    request.petition_class = 99  # type: ignore[assignment] # protobuf takes any number
    before = await log_sizes(client)
    refused = await refusal(client.intake.ClassifyPetition(request))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "UNKNOWN_ENUM_VALUE")
    assert refused.facts["field"] == "petition_class"
    assert "PETITION_CLASS_CLAIM" in refused.facts["allowed"]
    assert await log_sizes(client) == before


async def test_words_in_place_of_a_code_are_refused_and_not_repeated(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    request = intake.HandOverPetitionRequest(
        info=info(),
        case_id=await registered(client),
        epoch=1,
        kind=types.HANDOVER_KIND_TRANSFER,
        to_unit="单" * 19_000,
    )
    await client.intake.ClassifyPetition(claim(request.case_id))
    refused = await refusal(client.intake.HandOverPetition(request))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_CODE")
    assert "单单" not in str(refused)


async def test_a_letter_entered_on_the_next_day_is_no_bad_input(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    yesterday = datetime.now(UTC) - timedelta(days=1)
    response = await client.intake.RegisterPetition(
        filing(channel="letter", received_time=timestamp(yesterday), info=info(yesterday))
    )
    assert response.receipt.event_count == 1
