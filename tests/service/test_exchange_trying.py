"""A command is tried until it is known what became of it, against a service that says what we tell it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from grpc import aio
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from huiyin.common.v1.types_pb2 import Receipt
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest, AcceptPetitionResponse
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.context import Principal, Role
from huiyin_domain.exchange.message import CarriedCommand
from huiyin_domain.refusal import Kind, Refusal, stale_epoch
from huiyin_exchange import carried_commands
from huiyin_exchange.carried_commands import Carrier, Trying
from huiyin_exchange.receipts import Connection, Receipts, lease_of
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.ids import published_request, uuid7
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.rpc.endpoint import Caller, EndpointLimits, Unary
from huiyin_kernel.rpc.errors import RefusedError, StoppingError
from huiyin_kernel.rpc.server import Server, ServerLimits
from huiyin_kernel.settings import LOG_NAMES
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.port import RequestReusedError, StoreUnavailableError, VersionConflictError
from huiyin_store.provision import provision, role_dsn, role_of
from tests.support.agency_messages import statuses
from tests.support.calling import DIRECTORY, HOUSING
from tests.support.serving import MANY

STALE = RefusedError(stale_epoch(1, 2, HOUSING))
AWAY = StoreUnavailableError("the database is away")
DONE = AcceptPetitionResponse(receipt=Receipt(event_count=2, position=7, repeated=True), epoch=2)
BUSY = RefusedError(Refusal(Kind.BUSY, "BUSY", "too much at once"))


@dataclass
class Owner:
    """The owning service: gives these answers one after the other, and keeps who asked under which id."""

    answers: list[Message | Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def accept(self, caller: Caller, request: AcceptPetitionRequest) -> Message:
        self.asked.append(request.info.request_id)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Tried:
    """Everything that is needed to try a command."""

    trying: Trying
    receipts: Receipts
    owner: Owner
    stopping: asyncio.Event

    async def outcome(self, *answers: Message | Exception, message_id: str = "") -> tuple[str, str, int]:
        """What became of a command that was answered so: status, reason, and how often it was tried."""
        self.owner.answers, self.owner.asked = list(answers), []
        message_id = message_id or str(uuid7())
        order = CarriedCommand("intake", AcceptPetitionRequest(case_id=str(uuid7()), epoch=1), "officer-01")
        known = await self.trying.until_known(HOUSING, message_id, order, "grpc")
        assert set(self.owner.asked) == {str(published_request(HOUSING, message_id))}
        (status,) = statuses([known.receipt])
        assert (known.buried is not None) == (status == "FAILED")
        return status, known.receipt.reason, known.attempts


@pytest.fixture
async def tried(
    postgres_server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Tried]:
    """A database of its own, and an owning service of ours behind a real connection."""
    monkeypatch.setattr(carried_commands, "RETRY_SECONDS_FIRST", 0.01)
    monkeypatch.setattr(carried_commands, "RETRY_SECONDS_MAX", 0.02)
    monkeypatch.setattr(carried_commands, "SETTLE_SECONDS", 0.5)
    dsn = await _database(postgres_server.admin_dsn)
    owner, lease, stopping = Owner(), lease_of(dsn), asyncio.Event()
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        dsn, min_size=1, open=False, kwargs={"autocommit": True}
    )
    keeping = asyncio.ensure_future(lease.run())
    async with pool, _served(owner, tmp_path) as channel:
        await lease.until_held()
        receipts = Receipts(pool, lease, SystemClock())
        carrier = Carrier(dict.fromkeys(LOG_NAMES, channel))
        yield Tried(Trying(receipts, carrier, lease, stopping), receipts, owner, stopping)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def _database(admin_dsn: str) -> str:
    database, password = f"trying_{secrets.token_hex(6)}", secrets.token_urlsafe(16)
    tables = {"exchange": READ_MODEL_TABLES["exchange"]}
    await provision(admin_dsn, database, {"exchange": password}, extra=tables)
    return role_dsn(make_conninfo(admin_dsn), database, role_of("exchange"), password)


@asynccontextmanager
async def _served(owner: Owner, home: Path) -> AsyncIterator[aio.Channel]:
    units = [unit for unit in DIRECTORY if unit.code == HOUSING]
    found = ensure_development_identities(home, units).service("exchange")
    own = ClientIdentity(*(path.read_bytes() for path in (found.authority, found.certificate, found.key)))
    credentials = grpc.ssl_server_credentials([(own.key, own.certificate)], own.authority, True)
    caller = Principal("exchange", "officer-01", frozenset({Role.EXCHANGE, Role.OFFICER}), HOUSING)
    limits = ServerLimits(EndpointLimits(65_536, 10), calls=MANY, subscriptions=MANY, drain_seconds=1)
    server = Server(credentials, lambda _: caller, limits)
    server.add(
        "huiyin.intake.v1.IntakeService", {"AcceptPetition": Unary(AcceptPetitionRequest, owner.accept)}
    )
    port = await server.start("127.0.0.1:0")
    try:
        async with open_channel(f"127.0.0.1:{port}", own, 65_536) as channel:
            yield channel
    finally:
        await server.stop()


async def test_what_was_carried_out_is_accepted_and_looks_the_same_at_every_try(tried: Tried) -> None:
    assert await tried.outcome(DONE) == ("ACCEPTED", "", 1)
    assert await tried.outcome(AWAY, DONE) == ("ACCEPTED", "", 2)
    order = CarriedCommand("intake", AcceptPetitionRequest(epoch=1), "")
    known = await tried.trying.until_known(HOUSING, str(uuid7()), order, "grpc")
    assert not known.receipt.receipt.repeated
    response = AcceptPetitionResponse()
    assert known.receipt.response.Unpack(response)
    assert response.receipt == known.receipt.receipt


async def test_a_refusal_is_believed_at_once_when_nothing_was_tried_before(tried: Tried) -> None:
    assert await tried.outcome(STALE) == ("REFUSED", "STALE_EPOCH", 1)


@pytest.mark.parametrize("no_answer", [AWAY, BUSY, TimeoutError(), VersionConflictError("petition-x", 1, 2)])
async def test_what_is_no_answer_is_asked_again(tried: Tried, no_answer: Exception) -> None:
    assert await tried.outcome(*[no_answer] * 4, DONE) == ("ACCEPTED", "", 5)


async def test_a_refusal_after_a_lost_answer_is_asked_again_until_that_is_settled(
    tried: Tried,
) -> None:
    assert await tried.outcome(AWAY, STALE, DONE) == ("ACCEPTED", "", 3)
    begun = asyncio.get_running_loop().time()
    assert (await tried.outcome(AWAY, STALE))[:2] == ("REFUSED", "STALE_EPOCH")
    assert asyncio.get_running_loop().time() - begun >= 0.5


async def test_a_refusal_is_asked_again_when_a_process_before_this_one_may_have_tried(tried: Tried) -> None:
    mine, other = str(uuid7()), str(uuid7())
    await tried.receipts.attempt(HOUSING, mine, 0.6)
    assert await tried.outcome(STALE, DONE, message_id=mine) == ("ACCEPTED", "", 2)
    await tried.receipts.attempt(HOUSING, mine, 0.6)
    assert await tried.outcome(STALE, message_id=other) == ("REFUSED", "STALE_EPOCH", 1)


async def test_a_command_at_which_the_service_fails_is_put_aside_after_some_tries(tried: Tried) -> None:
    assert await tried.outcome(KeyError("a defect")) == (
        "FAILED",
        "COMMAND_FAILED",
        carried_commands.BROKEN_MAX,
    )
    assert await tried.outcome(KeyError("a defect"), AWAY, DONE) == ("ACCEPTED", "", 3)


async def test_a_request_id_of_another_command_is_not_said_to_be_refused(tried: Tried) -> None:
    assert await tried.outcome(RequestReusedError(uuid7())) == ("FAILED", "MESSAGE_ID_REUSED", 1)


async def test_waiting_for_an_answer_ends_with_the_process(tried: Tried) -> None:
    waiting = asyncio.ensure_future(tried.outcome(AWAY))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    tried.stopping.set()
    with pytest.raises(StoppingError):
        await asyncio.wait_for(waiting, 5)
