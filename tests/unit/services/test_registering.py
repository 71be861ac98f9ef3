"""Registering, sent again: the first answer stands, also when the tables of codes have changed meanwhile."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Policy, Principal, Role
from huiyin_domain.directory import Directory
from huiyin_domain.streams.likeness import MINIMA, SCHEME
from huiyin_intake.batch import BatchRegistration, Earlier
from huiyin_intake.corrections import Sketching
from huiyin_intake.registration import FilingRegistration, HistoryEnd
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.commands import Commands
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.settings import RuntimeLimits
from huiyin_kernel.vault.edge import SecretSealer
from huiyin_kernel.vault.keys import DerivedSecrets
from huiyin_kernel.vault.master import create_key_file, open_master_keys
from huiyin_kernel.vault.secret_fields import SealingLimits
from huiyin_kernel.vault.vault import Vault
from huiyin_store.memory import MemoryEventStore

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OFFICE = "11990100000000123K"
METHOD = "huiyin.intake.v1.IntakeService/RegisterPetition"
POLICY = load_policy()


def without_channel(policy: Policy) -> Policy:
    """The policy after a change of tables: no channel is known by its old code."""
    return replace(policy, codes=replace(policy.codes, channels=CodeTable("channel", "2", "[GK]")))


def without_office(policy: Policy) -> Policy:
    """The policy after the office has left the directory: it may register no more."""
    left = [unit for unit in policy.directory if unit.code != OFFICE]
    return replace(policy, directory=Directory(left, "2"))


@pytest.fixture
def commands(tmp_path: Path) -> Callable[[Policy], Commands]:
    """Commands under a policy, all on the same log with the same keys."""
    clock, store = ManualClock(NOW), MemoryEventStore("intake@990000", ManualClock(NOW))
    create_key_file(tmp_path / "master.json", clock)
    master = open_master_keys(tmp_path / "master.json", {}, clock)
    sealer = SecretSealer(Vault(store, master, clock), DerivedSecrets(master.ring.root), SealingLimits())
    return lambda policy: Commands(store, sealer, policy, clock)


def registration(commands: Commands) -> FilingRegistration:
    """The handler, as the service wires it."""
    history = HistoryEnd(commands.store, commands.policy.directory, commands.clock)
    return FilingRegistration(commands, Sketching(commands.sealer.derived.sketch_key), history)


def filing() -> intake.RegisterPetitionRequest:
    """A filing."""
    info, content = CommandInfo(request_id=str(uuid7())), Secret(clear=Clear(text="路灯不亮"))
    return intake.RegisterPetitionRequest(info=info, channel="web", division="990100", content=content)


def sent(raw: bytes) -> tuple[Caller, intake.RegisterPetitionRequest]:
    """The filing as it arrives."""
    principal = Principal(OFFICE, "officer-01", frozenset({Role.OFFICER}))
    return Caller(principal, METHOD, raw), intake.RegisterPetitionRequest.FromString(raw)


async def test_a_filing_sent_again_keeps_its_first_answer_after_its_channel_is_gone(
    commands: Callable[[Policy], Commands],
) -> None:
    raw = filing().SerializeToString(deterministic=True)
    first = await registration(commands(POLICY)).register(*sent(raw))
    after = commands(without_channel(POLICY))
    again = await registration(after).register(*sent(raw))
    assert isinstance(first, intake.RegisterPetitionResponse)
    assert isinstance(again, intake.RegisterPetitionResponse)
    assert (again.case_id, again.query_code) == (first.case_id, first.query_code)
    assert again.receipt.repeated


async def test_a_new_filing_is_registered_with_a_doubt_once_its_channel_is_gone(
    commands: Callable[[Policy], Commands],
) -> None:
    raw = filing().SerializeToString(deterministic=True)
    answer = await registration(commands(without_channel(POLICY))).register(*sent(raw))
    assert isinstance(answer, intake.RegisterPetitionResponse)
    assert list(answer.doubts) == [types.REGISTRATION_DOUBT_CHANNEL]


async def test_a_doubt_about_the_identity_number_is_told_and_refuses_nothing(
    commands: Callable[[Policy], Commands],
) -> None:
    """GB 11643; online rules of 2022, Art. 5. It is told to the officer and stands in no event."""
    petition = filing()
    petition.petitioner.clear.person.identity_number = "110105194912310021"
    raw = petition.SerializeToString(deterministic=True)
    answer = await registration(commands(POLICY)).register(*sent(raw))
    assert isinstance(answer, intake.RegisterPetitionResponse)
    assert answer.identity_number_doubt == types.IDENTITY_NUMBER_DOUBT_CHECK_CHARACTER
    assert not answer.doubts


async def test_who_has_left_the_directory_registers_nothing_more(
    commands: Callable[[Policy], Commands],
) -> None:
    raw = filing().SerializeToString(deterministic=True)
    with pytest.raises(RefusedError, match="UNKNOWN_AGENCY"):
        await registration(commands(without_office(POLICY))).register(*sent(raw))


async def test_in_a_batch_each_keeps_its_own_answer(commands: Callable[[Policy], Commands]) -> None:
    old, new = filing(), filing()
    first = await registration(commands(POLICY)).register(*sent(old.SerializeToString(deterministic=True)))
    assert isinstance(first, intake.RegisterPetitionResponse)
    after = commands(without_office(POLICY))
    batch = BatchRegistration(registration(after), Earlier(after), after.store, RuntimeLimits())
    caller = replace(sent(b"")[0], method=METHOD + "s")
    answer = await batch.register(caller, intake.RegisterPetitionsRequest(petitions=[new, old]))
    assert isinstance(answer, intake.RegisterPetitionsResponse)
    refused, repeated = answer.outcomes
    assert (refused.index, refused.refusal_reason) == (0, "UNKNOWN_AGENCY")
    assert OFFICE in refused.refusal_message
    assert (repeated.index, repeated.registered.case_id) == (1, first.case_id)


async def registered_from(commands: Commands, petition: intake.RegisterPetitionRequest) -> PetitionRegistered:
    """The event that a filing becomes."""
    answer = await registration(commands).register(*sent(petition.SerializeToString(deterministic=True)))
    assert isinstance(answer, intake.RegisterPetitionResponse)
    events = await commands.store.read_stream(f"petition-{answer.case_id}", 0, 1)
    return PetitionRegistered.FromString(events[0].data)


async def test_a_filing_is_registered_with_a_sketch_of_its_issue(
    commands: Callable[[Policy], Commands],
) -> None:
    petition = filing()
    petition.content.clear.text = "长安路路灯损坏，夜间行人摔倒，无人维修"
    event = await registered_from(commands(POLICY), petition)
    assert event.issue_sketch.scheme == SCHEME
    assert event.issue_sketch.term_count >= 3
    assert len(event.issue_sketch.minima) == 4 * MINIMA


async def test_who_petitions_makes_no_difference_to_the_sketch(
    commands: Callable[[Policy], Commands],
) -> None:
    sketches = []
    for name, phone in (("江山", "13812345678"), ("黄河", "13987654321")):
        petition = filing()
        petition.content.clear.text = f"本人{name}，电话{phone}。长安路路灯损坏，夜间行人摔倒，无人维修"
        petition.petitioner.clear.person.name = name
        petition.petitioner.clear.person.phone = phone
        sketches.append((await registered_from(commands(POLICY), petition)).issue_sketch)
    assert sketches[0] == sketches[1]


async def test_a_filing_that_says_little_is_registered_without_a_sketch(
    commands: Callable[[Policy], Commands],
) -> None:
    petition = filing()
    petition.anonymous = True
    petition.content.clear.text = "见附件"
    event = await registered_from(commands(POLICY), petition)
    assert not event.HasField("issue_sketch")


async def test_who_else_calls_has_a_turn_between_any_two_filings_of_a_batch(
    commands: Callable[[Policy], Commands],
) -> None:
    here = commands(POLICY)
    batch = BatchRegistration(registration(here), Earlier(here), here.store, RuntimeLimits())
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def register(count: int) -> None:
        filed = intake.RegisterPetitionsRequest(petitions=[filing() for _ in range(count)])
        caller, _ = sent(b"")
        answer = await batch.register(replace(caller, raw=filed.SerializeToString()), filed)
        assert isinstance(answer, intake.RegisterPetitionsResponse)
        assert all(one.registered.case_id for one in answer.outcomes)

    await register(1)  # what is loaded once is there
    calling = asyncio.ensure_future(others())
    await register(50)
    assert turns >= 50
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling
