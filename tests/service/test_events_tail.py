"""`huiyin events tail --centre` follows a centre's cases over an outage, without gap or repeat."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from huiyin_kernel.settings import SERVICE_NAMES, ServiceName
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.calling import CENTRE, DIRECTORY, HOUSING, LABOUR, OFFICE, registered
from tests.support.platform import Platform, running
from tests.support.serving import serving
from tests.support.subscribing import convened, entries_now, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

HUIYIN = str(Path(sys.executable).with_name("huiyin"))
SECONDS_MAX = 60.0
PRESSED_MAX = 3
APART: tuple[ServiceName, ...] = ("streams",)


def environment(platform: Platform) -> Mapping[str, str]:
    """Where the platform is, as a person's shell would have it."""
    addresses = platform.settings.addresses
    places = {f"HUIYIN_ADDRESSES__{name.upper()}": addresses.of(name) for name in SERVICE_NAMES}
    python = {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    return {**os.environ, **places, **python, "HUIYIN_HOME": str(platform.settings.home)}


class Tail:
    """`huiyin events tail`, running."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._text = ""

    async def documents(self, count: int) -> list[dict[str, Any]]:
        """The next so many JSON documents that it prints."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += [self._take(end)] if (end := self._text.find("\n}\n")) >= 0 else await self._more()
        return found

    async def _more(self) -> list[dict[str, Any]]:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), SECONDS_MAX)
        assert line, await self.errors()
        self._text += line.decode()
        return []

    def _take(self, end: int) -> dict[str, Any]:
        document, self._text = self._text[: end + 3], self._text[end + 3 :]
        found: dict[str, Any] = json.loads(document)
        return found

    async def errors(self) -> str:
        """What it said on standard error, once it has ended."""
        assert self._process.stderr is not None
        return (await self._process.stderr.read()).decode()

    async def stop(self) -> int:
        """Ends it as Ctrl-C does, pressed again by whoever has waited for long."""
        for _ in range(PRESSED_MAX):
            self._process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                return await asyncio.wait_for(self._process.wait(), SECONDS_MAX / PRESSED_MAX)
        self._process.send_signal(signal.SIGABRT)  # faulthandler says where it stands
        await self._process.wait()
        raise AssertionError(f"it did not end within {SECONDS_MAX:g} s: {await self.errors()}")


@asynccontextmanager
async def tailing(platform: Platform, *options: str) -> AsyncIterator[Tail]:
    process = await asyncio.create_subprocess_exec(
        *(HUIYIN, "events", "tail", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(platform),
    )
    try:
        yield Tail(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def printed(platform: Platform, *options: str) -> list[str]:
    """What the command prints, line by line."""
    process = await asyncio.create_subprocess_exec(
        *(HUIYIN, "events", "tail", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(platform),
    )
    output, errors = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    assert process.returncode == 0, errors.decode()
    return output.decode().splitlines()


def keys(documents: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(document["case_id"], int(document["number"])) for document in documents]


async def test_an_outage_of_the_server_costs_a_follower_nothing(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with (
        running(postgres_server.admin_dsn, tmp_path, but=APART) as platform,
        Desks(platform.settings, DIRECTORY) as desks,
    ):
        office = (await desks.at(OFFICE)).client
        first = await registered(office)
        await convened(office, [first], [HOUSING, LABOUR])
        async with AsyncExitStack() as stack:
            async with serving(platform, "streams"):
                follows = ("--centre", CENTRE, "--follow", "--json", "--as", f"system@{CENTRE}")
                tail = await stack.enter_async_context(tailing(platform, *follows))
                seen = await tail.documents(2)
            second = await registered(office)
            await convened(office, [second], [HOUSING, LABOUR])
            async with serving(platform, "streams"):
                seen += await tail.documents(2)
                third = await registered(office)
                await convened(office, [third], [HOUSING, LABOUR])
                seen += await tail.documents(2)
                whole = await entries_now((await desks.named(f"system@{CENTRE}")).client)
                assert await tail.stop() == 0
                said = await tail.errors()
                token = said.rpartition("--resume-token ")[2].strip()
                await convened(office, [first], [HOUSING, LABOUR])
                await told((await desks.named("auditor")).client)
                rest = await printed(platform, "--resume-token", token, "--as", f"system@{CENTRE}")
    assert keys(seen) == [(case, number) for case in (first, second, third) for number in (1, 2)]
    assert keys(seen) == [(entry.case_id, entry.number) for entry in whole]
    assert "连接中断" in said
    assert "已恢复" in said
    assert [line.split()[:2] for line in rest] == [[first[:8], "#3"]]


async def test_a_line_says_which_case_and_what_happened_in_both_languages(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with (
        running(postgres_server.admin_dsn, tmp_path) as platform,
        Desks(platform.settings, DIRECTORY) as desks,
    ):
        office = (await desks.at(OFFICE)).client
        case_id = await registered(office)
        await convened(office, [case_id], [HOUSING, LABOUR])
        auditor = (await desks.named("auditor")).client
        await told(auditor)
        lines = await printed(platform, "--centre", CENTRE)
        only = await printed(platform, "--centre", CENTRE, "--last", "1", "--case", case_id)
        other = await printed(platform, "--agency", HOUSING, "--division", "990102")
        log = await printed(platform, "--service", "reception")
    assert [line.split()[1] for line in lines] == ["#1", "#2"]
    assert all(line.startswith("HY990100-") and " · " in line for line in lines)
    assert "（补 · earlier）" in lines[0]
    assert only == lines[1:]
    assert other == []
    assert [line.split()[0] for line in log] == ["reception@990000"]
