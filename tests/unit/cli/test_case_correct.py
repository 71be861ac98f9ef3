"""`huiyin case correct`: fields of a correction from options and files, nothing personal from the first."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1.service_pb2 import CorrectRegistrationRequest
from huiyin.intake.v1.types_pb2 import REGISTRATION_DOUBT_PLACE_UNKNOWN
from huiyin_cli.correction_fields import doubts, from_file, from_options, put
from huiyin_kernel.codec import instant


def _put(values: dict[str, Any]) -> CorrectRegistrationRequest:
    request = CorrectRegistrationRequest()
    for name, value in values.items():
        put(request, name, value)
    return request


def test_options_are_read_by_the_form_of_their_field() -> None:
    given = ["division=990102", "person_count=3", "anonymous=true", "received_time=2026-11-20", "purpose="]
    request = _put(from_options(given))
    assert (request.division, request.person_count, request.anonymous, request.purpose) == (
        "990102",
        3,
        True,
        "",
    )
    assert instant(request.received_time).isoformat() == "2026-11-19T16:00:00+00:00"  # Shanghai's day
    assert list(request.fields) == ["division", "person_count", "anonymous", "received_time", "purpose"]


def test_personal_data_and_texts_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "right.json"
    file.write_text(
        json.dumps({"petitioner": {"name": "甲", "phone": "1"}, "content": "路灯", "subject": None})
    )
    request = _put(from_file(str(file)))
    assert request.petitioner.clear.person == Person(name="甲", phone="1")
    assert request.content.clear.text == "路灯"
    assert ("subject" in request.fields, request.HasField("subject")) == (True, False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["petitioner=甲"], "petitioner is personal or free text"),
        (["content=路灯"], "content is personal or free text"),
        (["division"], "FIELD=VALUE"),
    ],
)
def test_a_wrong_option_is_named_and_never_repeats_what_it_held(given: list[str], message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message) as caught:
        from_options(given)
    assert "甲" not in str(caught.value)
    assert "路灯" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"holder": "x"}, "holder is no field"),
        ({"received_time": "soon"}, "received_time takes a day or time"),
        ({"person_count": "many"}, "person_count takes a number"),
        ({"anonymous": "perhaps"}, "anonymous takes true or false"),
        ({"petitioner": {"nickname": "甲"}}, "petitioner takes an object"),
        ({"petitioner": "甲"}, "petitioner takes an object"),
        ({"channel": 5}, "channel takes a text"),
    ],
)
def test_a_value_in_another_form_is_a_usage_error(values: dict[str, Any], message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message) as caught:
        _put(values)
    assert "甲" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_text('{"division":\n 990102,,}')
    with pytest.raises(typer.BadParameter, match=r"wrong\.json, line 2"):
        from_file(str(file))
    file.write_text("[]")
    with pytest.raises(typer.BadParameter, match="no JSON object"):
        from_file(str(file))


def test_doubts_are_settled_by_their_names() -> None:
    assert doubts(["place_unknown"]) == [REGISTRATION_DOUBT_PLACE_UNKNOWN]
    with pytest.raises(typer.BadParameter, match="PLACE_UNKNOWN"):
        doubts(["weather"])
