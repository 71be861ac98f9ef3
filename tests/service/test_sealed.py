"""Whatever personal data a run puts in, none of it is in the store's bytes, in logs, or on the wire."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
import pytest
import pytest_asyncio

from huiyin.cases.v1.service_pb2 import GetCaseRequest, ListCasesRequest
from huiyin.common.v1.types_pb2 import Clear
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1.service_pb2 import GetPetitionRequest
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.mainjob.figures import at_rest
from tests.mainjob.lives import declined, late, split
from tests.mainjob.meetings import together
from tests.support.calling import DIRECTORY, LOGS, OFFICE, filing, person, refusal, text
from tests.support.courses import begun
from tests.support.logged import Lines
from tests.support.platform import Platform, running
from tests.support.searching import forms, found_in, found_in_all, read_files, read_tables

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = {
    "name": "欧阳紫菱（测试）",
    "identity_number": "990101199001019990",
    "phone": "13900990017",
    "address": "示例县甲街道梧桐路七号楼二单元",
    "contact": "ouyang.test@example.org",
}
SUBJECT, CONTENT = "梧桐路路灯三个月不亮", "Lamp posts in Wutong lane are dark; 请尽快修理梧桐路的路灯。"
REFERENCE = "REF-7781-ouyang"
SAID_IN_COURSES = (
    "按来件内容甄别",
    "不属于本机关职权范围",
    "超期未作出处理意见",
    "执行异议",
    "会议纪要",
    "裁定已生效",
)
SAID = {
    "petitioner": person(**PERSON),
    "subject": text(SUBJECT),
    "content": text(CONTENT),
    "person_reference": REFERENCE,
}
VALUES = (*PERSON.values(), SUBJECT, CONTENT, REFERENCE, *SAID_IN_COURSES)


@dataclass(frozen=True)
class Ran:
    """A platform after a run: its server, display numbers and query codes of its cases, its log lines."""

    server: EmbeddedPostgres
    platform: Platform
    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    lines: list[str]


@pytest.fixture(scope="module")
def lines() -> Iterator[list[str]]:
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ran(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> AsyncIterator[Ran]:
    """A run with a server of its own, so that every byte of it can be searched."""
    folder = tmp_path_factory.mktemp("sealed")
    with EmbeddedPostgres(folder / "server") as server:
        async with running(server.admin_dsn, folder / "home") as platform:
            async with Desks(platform.settings, DIRECTORY) as desks:
                lives = [await begun(desks, **SAID) for _ in range(5)]
                courses = (late(lives[0]), split(lives[1]), declined(lives[2]))
                await asyncio.gather(together(lives[3], lives[4]), *courses)
                await at_rest(await desks.named("auditor"))
            codes = tuple(life.query_code for life in lives)
            yield Ran(server, platform, await _numbers(platform), codes, lines)


async def _numbers(platform: Platform) -> tuple[str, ...]:
    """What people read of the cases: it is in clear, so the search must find it."""
    async with platform.client("auditor") as auditor:
        listed = await auditor.cases.ListCases(ListCasesRequest(page_size=500))
        return tuple(case.display_number for case in listed.cases)


async def _files(ran: Ran) -> dict[str, bytes]:
    """Every file of the database server, its log among them, after everything was written out."""
    async with await psycopg.AsyncConnection.connect(ran.server.admin_dsn, autocommit=True) as connection:
        await connection.execute("CHECKPOINT")
    return read_files(ran.server.directory)


async def _messages(ran: Ran) -> dict[str, bytes]:
    """What one who may read every case gets over the wire, without asking for personal data."""
    found: dict[str, bytes] = {}
    async with ran.platform.client("auditor") as auditor:
        for name in LOGS:
            items = auditor.feed(name).Subscribe(SubscribeRequest(until_caught_up=True))
            found[f"feed of {name}"] = b"".join([item.SerializeToString() async for item in items])
        listed = await auditor.cases.ListCases(ListCasesRequest(page_size=500))
        found["cases"] = listed.SerializeToString()
        for case in listed.cases:
            timeline = await auditor.cases.GetCase(GetCaseRequest(case_id=case.case_id))
            petition = await auditor.intake.GetPetition(GetPetitionRequest(case_id=case.case_id))
            found[case.case_id] = timeline.SerializeToString() + petition.SerializeToString()
    return found


async def test_no_table_holds_personal_data_in_clear(ran: Ran) -> None:
    tables = await read_tables(ran.platform.admin_dsn)
    assert found_in_all(tables, [*VALUES, *ran.codes]) == {}
    assert {"intake.event", "supervision.clock_row", "streams.case_row"} <= tables.keys()
    assert found_in(tables["intake.event"], ran.numbers[:1]) == {(ran.numbers[0], "utf-8"), *_ascii(ran)}


def _ascii(ran: Ran) -> set[tuple[str, str]]:
    """The forms in which an ASCII value looks as it does in UTF-8."""
    value = ran.numbers[0]
    return {(value, form) for form, needle in forms(value).items() if needle == value.encode()}


async def test_no_file_of_the_database_server_holds_personal_data_in_clear(ran: Ran) -> None:
    files = await _files(ran)
    assert found_in_all(files, [*VALUES, *ran.codes]) == {}
    assert "postgresql.log" in files
    holding = found_in_all(files, ran.numbers[:1])
    assert any(name.startswith("data/base/") for name in holding)
    assert any(name.startswith("data/pg_wal/") for name in holding)


async def test_no_message_but_a_reading_holds_personal_data_in_clear(ran: Ran) -> None:
    messages = await _messages(ran)
    assert found_in_all(messages, [*VALUES, *ran.codes]) == {}
    assert found_in(messages["feed of intake"], ran.numbers[:1])


async def test_no_log_line_and_no_refusal_holds_personal_data(ran: Ran) -> None:
    async with ran.platform.client(f"officer@{OFFICE}") as client:
        bad = [
            filing(petitioner=person(**{**PERSON, "name": PERSON["name"] * 2_000})),
            filing(petitioner=text(PERSON["name"])),
            filing(content=text(CONTENT * (200_000 // len(CONTENT) + 1))),
        ]
        refusals = [await refusal(client.intake.RegisterPetition(request)) for request in bad]
    said = [f"{one.message} {dict(one.facts)}" for one in refusals]
    assert found_in("\n".join([*said, *ran.lines]).encode(), [*VALUES, *ran.codes]) == set()
    assert any("serves on" in line for line in ran.lines)


def _base64(before: bytes) -> Callable[[str], bytes]:
    return lambda value: base64.b64encode(before + value.encode() + b"after")


PLANTED: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16": lambda value: value.encode("utf-16"),
    "GB 18030": lambda value: value.encode("gb18030"),
    "JSON": lambda value: json.dumps({"said": value}).encode(),
    "hexadecimal": lambda value: value.encode().hex().encode(),
    "URL": lambda value: quote(value).encode(),
    "protobuf text": lambda value: str(Clear(text=value)).encode(),
    "base64": _base64(b""),
    "base64 from 1": _base64(b"a"),
    "base64 from 2": _base64(b"ab"),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED.keys())
async def test_the_search_finds_a_value_that_is_there_in_any_form(plant: Callable[[str], bytes]) -> None:
    for value in VALUES:
        blobs = {"clean": b"\0" * 4096, "stained": b"\0" * 4096 + plant(value) + b"\xff"}
        assert found_in_all(blobs, VALUES).keys() == {"stained"}
