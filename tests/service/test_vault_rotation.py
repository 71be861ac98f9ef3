"""`huiyin vault rotate` while the services work: what was sealed stays readable, and sealing goes on."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_cli.client import Client
from huiyin_kernel.identity.files import write_whole
from tests.mainjob.desk import Desks
from tests.support.calling import OFFICE, claim, info, registered, text
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE, DURING_MAX = 150, 2_000
MASTERS = "SELECT DISTINCT master FROM intake.key WHERE wrapped IS NOT NULL"


async def _rotate(platform: Platform) -> dict[str, Any]:
    """Runs the command as an administrator does, in a process of its own."""
    places = platform.settings.paths
    write_whole(places.databases, json.dumps(dict(platform.dsns)).encode())
    command = Path(sys.executable).with_name("huiyin")
    process = await asyncio.create_subprocess_exec(
        command, "vault", "rotate", "--json",
        env={**os.environ, "HUIYIN_HOME": str(places.root)},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0
    result: dict[str, Any] = json.loads(output)
    return result


async def _read(client: Client, case_id: str) -> list[str]:
    request = intake.ReadPersonalDataRequest(
        info=info(), case_id=case_id, purposes=["content"], ground="handling"
    )
    return [field.clear.text for field in (await client.intake.ReadPersonalData(request)).fields]


async def _register_until(client: Client, done: asyncio.Event) -> list[str]:
    cases: list[str] = []
    while not done.is_set() and len(cases) < DURING_MAX:
        cases.append(await registered(client, content=text(f"期间第{len(cases)}件")))
    return cases


async def test_a_rotation_while_the_services_work_leaves_everything_readable_and_writable(
    platform: Platform, desks: Desks
) -> None:
    client, done = (await desks.at(OFFICE)).client, asyncio.Event()
    before = [await registered(client, content=text(f"之前第{number}件")) for number in range(BEFORE)]
    working = asyncio.ensure_future(_register_until(client, done))
    result = (await _rotate(platform))["intake"]
    done.set()
    during = await working
    after = await registered(client, content=text("之后"))
    await client.intake.ClassifyPetition(claim(before[0]))
    assert [await _read(client, case_id) for case_id in before] == [
        [f"之前第{number}件"] for number in range(BEFORE)
    ]
    assert [await _read(client, case_id) for case_id in during] == [
        [f"期间第{number}件"] for number in range(len(during))
    ]
    assert await _read(client, after) == ["之后"]
    assert result["rewrapped"] >= BEFORE
    assert result["unreadable"] == []
    assert len(during) > 0


async def test_a_second_rotation_leaves_no_key_under_an_older_one(platform: Platform, desks: Desks) -> None:
    result = (await _rotate(platform))["intake"]
    async with await psycopg.AsyncConnection.connect(platform.admin_dsn) as connection:
        masters = await (await connection.execute(MASTERS)).fetchall()
    assert masters == [(result["master"],)]
