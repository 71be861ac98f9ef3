"""A log line has known fields only, and nothing in it by which a person can be found."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from huiyin.common.v1.types_pb2 import Person
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry.logs import HIDDEN, formatter, without_personal_data
from huiyin_kernel.telemetry.traces import about

Written = Any
NAME = "欧阳测试"


class Log:
    """A logger as processes have it, and what it wrote."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.handler = logging.StreamHandler(self.out)
        self.handler.setFormatter(formatter("intake"))
        self.logger = logging.getLogger("tests.telemetry")
        self.logger.addHandler(self.handler)

    def line(self) -> Written:
        """The one line written."""
        (line,) = self.out.getvalue().splitlines()
        return json.loads(line)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.logger.removeHandler(log.handler)


def test_a_line_says_when_where_what_and_about_which_event(log: Log) -> None:
    event = Event(event_id="e-1", log="intake@990000", position=7, stream="petition-1", type="x.Y")
    log.logger.warning("cannot apply %s", "it", extra=about(event))
    line = log.line()
    assert line["time"].endswith("Z")
    assert {name: line[name] for name in ("level", "process", "logger", "event", "event_id", "position")} == {
        "level": "warning",
        "process": "intake",
        "logger": "tests.telemetry",
        "event": "cannot apply it",
        "event_id": "e-1",
        "position": 7,
    }
    assert list(line)[:5] == ["time", "level", "process", "logger", "event"]


@pytest.mark.parametrize(
    "field", ["name_of_petitioner", "phone", "identity_number", "clear", "text", "officer"]
)
def test_a_field_that_is_not_on_the_list_is_named_and_not_written(log: Log, field: str) -> None:
    log.logger.warning("read", extra={field: NAME, "position": 3})
    assert log.line()["fields_refused"] == [field]
    assert log.line()["position"] == 3
    assert NAME not in log.out.getvalue()


PERSONAL = (
    "990101199001019990",
    "99010119900101999X",
    "13900990017",
    "139 0099 0017",
    "+86-13900990017",
    "010-65001234",
    "ouyang.test@example.org",
)


@pytest.mark.parametrize("value", PERSONAL)
@pytest.mark.parametrize("around", ["{}", "电话{}，请回复", "phone={};", "('{}', 1)"])
def test_what_identifies_a_person_is_blacked_out_of_every_text(log: Log, value: str, around: str) -> None:
    log.logger.error("cannot read %s", around.format(value), extra={"reason": around.format(value)})
    assert value not in log.out.getvalue()
    assert HIDDEN in log.line()["event"]
    assert HIDDEN in log.line()["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "event 0192c3a4-7b1e-7def-8abc-0123456789ab of intake@990000 at 13912345",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "HY990100-20260101-00000017 at 2026-03-02T01:00:00.000Z",
        "127.0.0.1:7101 after 1772413200000 ms, 1772413200000000000 ns",
        "018f13912345-1391-7391-8391-139123456789",
    ],
)
def test_identifiers_addresses_and_instants_stay(text: str) -> None:
    assert without_personal_data(text) == text


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("value", PERSONAL)
def test_the_text_of_an_error_is_searched_as_well(log: Log, value: str) -> None:
    try:
        fail(ValueError(f"cannot reach {value}"))
    except ValueError:
        log.logger.exception("it failed")
    assert value not in log.out.getvalue()
    assert log.line()["exception"].startswith("Traceback")


class Row(BaseModel):
    age: int


def test_what_pydantic_and_postgresql_quote_is_left_out(log: Log) -> None:
    try:
        Row.model_validate({"age": NAME})
    except ValueError:
        log.logger.exception("it failed")
    try:
        fail(ValueError(f"duplicate key\nDETAIL: Key (name)=({NAME}) already exists."))
    except ValueError:
        log.logger.exception("it failed")
    assert NAME not in log.out.getvalue()


def test_a_message_and_bytes_stand_as_their_type_alone(log: Log) -> None:
    log.logger.warning("odd", extra={"reason": Person(name=NAME), "code": NAME.encode()})
    assert log.line()["reason"] == "<huiyin.common.v1.Person>"
    assert log.line()["code"] == "<12 bytes>"
    assert NAME not in log.out.getvalue()
