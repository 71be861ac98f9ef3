"""Whoever takes keys from a vault, puts old ones back or swaps them is found, a superuser too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.judicial.v1.events_pb2 import LitigationReferred
from huiyin_audit.report import LogReport, VerifyReport, verify_lines
from huiyin_audit.verify_log import verify_logs
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import encode
from huiyin_kernel.ids import uuid7
from huiyin_kernel.vault.master import MasterKeys
from huiyin_kernel.vault.vault import Vault
from huiyin_store.port import Append, NewKey, StreamWrite
from huiyin_store.postgres import PostgresEventStore
from tests.support.databases import FreshDatabase
from tests.support.erasing import erased
from tests.unit.vault.vault_support import new_clock, new_master, person, text

LOGS = ("intake@990000", "judicial@990000")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PERSON, CASE = "person-1", "case-1"


@dataclass(frozen=True)
class Vaults:
    """Two logs with sealed fields: a person's and a case's; the case's is referred to in both."""

    database: FreshDatabase
    store: PostgresEventStore
    master: MasterKeys

    @property
    def dsn(self) -> str:
        """A superuser's access."""
        return self.database.place("intake").admin_dsn

    def tamper(self, *statements: str) -> None:
        """What somebody with full power over the database does."""
        with psycopg.connect(self.dsn) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    async def report(self, rings: bool = True) -> VerifyReport:
        """What the audit says, with the rings at hand or without."""
        here = dict.fromkeys(LOGS, self.master) if rings else {}
        return await verify_logs(self.dsn, LOGS, rings=here)

    async def found(self, rings: bool = True) -> list[str]:
        """The rules that are broken; those of the logs themselves are kept."""
        report = await self.report(rings)
        assert not any(log.finding_count for log in report.logs)
        return [finding.rule for finding in _vaults(report).findings]


def _vaults(report: VerifyReport) -> LogReport:
    assert report.vaults is not None
    return report.vaults


@pytest_asyncio.fixture
async def vaults(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Vaults]:
    master = new_master(tmp_path, new_clock())
    async with _opened(fresh_database, "intake") as intake, _opened(fresh_database, "judicial") as judicial:
        sealing = await Vault(intake, master, SystemClock()).begin([])
        registered = PetitionRegistered(
            petitioner=sealing.seal(PERSON, "petitioner", person("王五")),
            content=sealing.seal(CASE, "content", text("甲")),
        )
        referred = LitigationReferred(matter=registered.content)
        await _write(intake, "petition-1", registered, sealing.new_keys)
        await _write(judicial, "referral-1", referred, ())
        yield Vaults(fresh_database, intake, master)


async def test_untouched_vaults_are_sound_though_another_log_uses_their_keys(vaults: Vaults) -> None:
    report = await vaults.report()
    assert report.sound
    assert (_vaults(report).event_count, _vaults(report).not_checked) == (2, ())
    assert "2 keys; every key that events use is there" in "\n".join(verify_lines(report, "en"))


async def test_a_deleted_key_is_named_where_it_was_used_first(vaults: Vaults) -> None:
    vaults.tamper(f"DELETE FROM intake.key WHERE subject = '{CASE}'")
    (finding,) = _vaults(await vaults.report()).findings
    assert (finding.rule, finding.log, finding.position) == ("KEY_MISSING", "intake@990000", 1)
    assert not (await vaults.report()).sound


async def test_a_key_that_was_destroyed_without_a_record_is_named(vaults: Vaults) -> None:
    vaults.tamper(f"UPDATE intake.key SET wrapped = NULL, destroyed = now() WHERE subject = '{PERSON}'")
    assert await vaults.found() == ["KEY_DESTROYED_IN_SILENCE"]


async def test_a_key_destroyed_on_the_record_is_sound(vaults: Vaults) -> None:
    await erased(vaults.store, PERSON)
    assert await vaults.found() == []
    vaults.tamper(f"DELETE FROM intake.key WHERE subject = '{PERSON}'")
    assert await vaults.found() == []


async def test_the_record_of_one_persons_erasure_covers_nobody_else(vaults: Vaults) -> None:
    await erased(vaults.store, PERSON)
    vaults.tamper("UPDATE intake.key SET wrapped = NULL, destroyed = now() WHERE wrapped IS NOT NULL")
    assert await vaults.found() == ["KEY_DESTROYED_IN_SILENCE"]


async def test_a_destroyed_key_that_is_put_back_is_named(vaults: Vaults) -> None:
    vaults.tamper(f"CREATE TABLE public.kept AS SELECT * FROM intake.key WHERE subject = '{PERSON}'")
    await erased(vaults.store, PERSON)
    vaults.tamper("UPDATE intake.key k SET wrapped = o.wrapped, destroyed = NULL"
                  " FROM public.kept o WHERE o.key_id = k.key_id")  # fmt: skip
    assert await vaults.found() == ["KEY_CAME_BACK"]


async def test_swapped_keys_are_named(vaults: Vaults) -> None:
    vaults.tamper("UPDATE intake.key k SET wrapped = o.wrapped FROM intake.key o WHERE o.key_id <> k.key_id")
    assert await vaults.found() == ["KEY_DOES_NOT_OPEN"] * 2


@pytest.mark.parametrize(
    "change",
    [
        "wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)",
        "subject = 'case-2'",
        "master = '20200101-00000000'",
    ],
)
async def test_an_altered_key_is_named(vaults: Vaults, change: str) -> None:
    vaults.tamper(f"UPDATE intake.key SET {change} WHERE subject = '{CASE}'")
    assert await vaults.found() == ["KEY_DOES_NOT_OPEN"]


async def test_without_the_rings_it_is_said_what_is_not_checked(vaults: Vaults) -> None:
    vaults.tamper("UPDATE intake.key SET subject = 'case-2' WHERE subject = 'case-1'")
    assert await vaults.found(rings=False) == []
    report = await vaults.report(rings=False)
    assert _vaults(report).not_checked == ("wrapped keys",)
    for language, words in (("zh", "密钥能否打开"), ("en", "whether keys open")):
        assert words in "\n".join(verify_lines(report, language))  # type: ignore[arg-type] # both are one


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM intake.key",
        "UPDATE intake.key SET wrapped = NULL, destroyed = now()",
        "INSERT INTO intake.key_check VALUES ('root', sha256('a'))",
        "UPDATE intake.key_check SET value = sha256('a')",
        "SELECT intake.destroy_keys('person-1', (SELECT array_agg(key_id) FROM intake.key))",
    ],
)
async def test_the_services_own_role_cannot_take_a_key(vaults: Vaults, statement: str) -> None:
    async with await vaults.database.place("intake").service() as service:
        with pytest.raises(psycopg.Error):
            await service.execute(statement.encode())
    assert await vaults.found() == []


async def test_a_check_value_is_not_changed_by_mistake_of_an_administrator(vaults: Vaults) -> None:
    await vaults.store.add_key_checks({"root": bytes(32)})
    for statement in ("UPDATE intake.key_check SET value = sha256('a')", "DELETE FROM intake.key_check"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            vaults.tamper(statement)


@asynccontextmanager
async def _opened(database: FreshDatabase, name: str) -> AsyncIterator[PostgresEventStore]:
    store = await database.place(name).open()
    try:
        yield store
    finally:
        await store.aclose()


async def _write(store: PostgresEventStore, stream: str, message: Message, keys: tuple[NewKey, ...]) -> None:
    request_id = uuid7()
    metadata = EventMetadata(request_id=str(request_id))
    event = encode(uuid7(), message, metadata, NOW)
    await store.append(Append(request_id, b"", (StreamWrite(stream, 0, (event,)),), keys))
