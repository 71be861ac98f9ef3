"""Attacks on the walls that worked once or are tempting: guessed ids, lent roles, reading on."""

from dataclasses import replace
from typing import Any

import pytest

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.context import Role
from huiyin_kernel.identity.authenticate import ON_BEHALF_OF
from huiyin_kernel.ids import uuid7
from tests.matrix.asking import methods, told
from tests.matrix.world import NEIGHBOUR, Target, World
from tests.support.calling import HOUSING, LABOUR, LAND, OFFICE, Refused, refusal
from tests.support.subscribing import entries_now

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = {f"{package}.{method.name}": (package, method) for package, method in methods()}
ALL_ROLES = ("officer", "supervisor", "system")
GUESSING = [
    (relation, role) for relation in ("stranger", "accused") for role in ("officer", "supervisor", "system")
]


def guessed(target: Target) -> Target:
    """The same question about what does not exist."""
    fresh = {name: str(uuid7()) for name in ("case_id", "meeting_id", "order_id", "referral_id")}
    return replace(target, number="HY990100-20260101-99999999", **fresh)


@pytest.mark.parametrize("rpc", list(METHODS))
async def test_who_guesses_ids_cannot_tell_what_there_is_from_what_there_is_not(
    world: World, rpc: str
) -> None:
    """Word for word: status, reason, sentence and facts."""
    package, method = METHODS[rpc]
    for relation, role in GUESSING:
        if (package, relation) == ("judicial", "accused"):
            continue  # the referral is on a case in which it is not accused: its supervisors see that
        if relation == "accused" and "meeting_id" in method.input_type.fields_by_name:
            continue  # it was called to it, and reads what all who were called read (test_meeting_walls.py)
        target = world.targets[relation]
        there = await told(world, package, method, target, relation, role)
        not_there = await told(world, package, method, guessed(target), relation, role)
        if any(isinstance(one, Refused) for one in there):
            assert there == not_there, (relation, role)
        assert not any(
            target.case_id.encode() in one for said in there if isinstance(said, list) for one in said
        )


async def test_a_former_party_reads_the_case_as_it_was_when_its_part_ended(world: World) -> None:
    target = world.targets["former"]
    former, party = (await world.desks.at(LABOUR)).client, (await world.desks.at(HOUSING)).client
    asked = intake.GetPetitionRequest(case_id=target.case_id)
    was, now = (
        (await former.intake.GetPetition(asked)).petition,
        (await party.intake.GetPetition(asked)).petition,
    )
    assert (was.responsible_unit, now.responsible_unit) == (OFFICE, HOUSING)
    assert (was.epoch, now.epoch) == (1, 2)
    assert was.version < now.version


async def test_a_former_party_is_shown_no_event_summary_or_clock_of_later(world: World) -> None:
    target = world.targets["former"]
    former, party = (await world.desks.at(LABOUR)).client, (await world.desks.at(HOUSING)).client
    asked = cases.GetCaseRequest(case_id=target.case_id)
    was, now = await former.cases.GetCase(asked), await party.cases.GetCase(asked)
    assert was.summary.responsible_unit == OFFICE
    assert HOUSING not in was.summary.parties
    assert was.entries == now.entries[: len(was.entries)]
    assert was.entries[-1].event.type.endswith("ObjectionUpheld")
    subscribed = await entries_now(former, case_ids=[target.case_id])
    assert [entry.number for entry in subscribed] == [entry.number for entry in was.entries]
    explained = supervision.ExplainClocksRequest(case_id=target.case_id)
    clocks = (await former.supervision.ExplainClocks(explained)).clocks
    assert {clock.unit for clock in clocks} == {LABOUR}


async def test_a_service_with_an_officers_token_is_that_officer_and_no_service(world: World) -> None:
    token = world.platform.token(NEIGHBOUR, Role.OFFICER)
    await _sees_nothing(world, (("authorization", f"Bearer {token}"),), world.targets["stranger"])


@pytest.mark.parametrize("agency", [LAND, NEIGHBOUR])
async def test_a_service_that_asks_for_an_agency_sees_what_that_may_see(world: World, agency: str) -> None:
    await _sees_nothing(world, ((ON_BEHALF_OF, agency),), world.targets["accused"])


async def _sees_nothing(world: World, metadata: Any, target: Target) -> None:
    service = (await world.desks.named("service@judicial")).client
    asked = intake.GetPetitionRequest(case_id=target.case_id)
    refused = await refusal(service.intake.GetPetition(asked, metadata=metadata))
    assert refused.reason == "NO_SUCH_CASE"
    standings = intake.GetStandingsRequest(case_ids=[target.case_id])
    refused = await refusal(service.intake.GetStandings(standings, metadata=metadata))
    assert refused.reason == "ROLE_NOT_ALLOWED"
