"""`huiyin vault erase`: nobody reads what was sealed, it is on the record, and the audit agrees."""

import asyncio
import json
import os
import sys
from pathlib import Path

import psycopg
import pytest

from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_audit.verify_log import verify_logs
from huiyin_kernel.identity.files import write_whole
from tests.mainjob.desk import Desks
from tests.support.calling import LOGS, OFFICE, person, registered
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def erase(platform: Platform, *words: str) -> tuple[int | None, str]:
    """Runs the command as an administrator does; exit status, and what was said."""
    places = platform.settings.paths
    write_whole(places.databases, json.dumps(dict(platform.dsns)).encode())
    command = Path(sys.executable).with_name("huiyin")
    process = await asyncio.create_subprocess_exec(
        command, "vault", "erase", *words,
        env={**os.environ, "HUIYIN_HOME": str(places.root)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    return process.returncode, (output or errors).decode()


async def keys(platform: Platform, subject: str) -> list[bytes | None]:
    """The wrapped keys of a subject."""
    async with await psycopg.AsyncConnection.connect(platform.admin_dsn) as connection:
        query = "SELECT wrapped FROM intake.key WHERE subject = %s"
        return [row[0] for row in await (await connection.execute(query, (subject,))).fetchall()]


async def test_an_erasure_is_done_recorded_and_found_lawful(platform: Platform, desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client, petitioner=person(name="王五"))
    subject = f"case-{case_id}"
    status, said = await erase(platform, "intake", subject, "--ground", "request", "--json")
    assert (status, json.loads(said)["count"]) == (0, 1)
    assert await keys(platform, subject) == [None]
    async with await psycopg.AsyncConnection.connect(platform.admin_dsn) as connection:
        query = f"SELECT type FROM intake.event WHERE stream = 'erasure-{subject}'"
        recorded = await (await connection.execute(query.encode())).fetchall()
    assert recorded == [(KeysDestroyed.DESCRIPTOR.full_name,)]
    report = await verify_logs(platform.dsns["auditor"], [platform.settings.log_name(name) for name in LOGS])
    assert report.vaults is not None
    assert report.vaults.findings == ()


@pytest.mark.parametrize(
    "words, said",
    [
        (("intake", "case-nobody", "--ground", "request"), "has no key here"),
        (("intake", "case-nobody", "--ground", "whim"), "ground says why"),
        (("streams", "case-nobody", "--ground", "request"), "has no vault"),
        (("intake", "case-nobody", "--ground", "request", "--as", f"head@{OFFICE}"), "administrator"),
    ],
)
async def test_what_is_no_erasure_is_refused_in_a_sentence(
    platform: Platform, words: tuple[str, ...], said: str
) -> None:
    status, sentence = await erase(platform, *words)
    assert status in (1, 2)
    assert said in sentence
    assert "Traceback" not in sentence
