"""Attacks: an accusation is split off a case that the accused unit has, and it learns nothing by any path."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_cli.client import Client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.ids import uuid7
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    LOGS,
    OFFICE,
    accuse,
    agency,
    but_for_repetition,
    handed_over,
    handover,
    info,
    refusal,
    registered,
    text,
)
from tests.support.platform import eventually
from tests.support.subscribing import entries_now, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

CITY_GOVERNMENT = agency(OrganisationKind.GOVERNMENT)
DISCIPLINE = agency(OrganisationKind.DISCIPLINE)
REST = intake.Statement(subject=text("路灯"), content=text("路灯不亮，请修理"))


@dataclass(frozen=True)
class Halves:
    """A case that HOUSING handles, and what OFFICE split off from it: an accusation against HOUSING."""

    origin: str
    request: intake.SplitPetitionRequest
    answer: intake.SplitPetitionResponse

    @property
    def part(self) -> str:
        return self.answer.part_case_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody at HOUSING may come to see."""
        return self.part, self.answer.part_display_number


async def accepted(desks: Desks) -> str:
    """A claim that HOUSING accepted from OFFICE."""
    case_id = await handed_over((await desks.at(OFFICE)).client, HOUSING)
    request = intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1)
    await (await desks.at(HOUSING)).client.intake.AcceptPetition(request)
    return case_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def halves(desks: Desks) -> Halves:
    origin = await accepted(desks)
    request = intake.SplitPetitionRequest(
        info=info(),
        case_id=origin,
        epoch=2,
        track=TRACK_DISCIPLINE,
        subject=text("控告"),
        content=text("控告住建局工作人员收受财物"),
        reasons=text("检举控告"),
        remainder=REST,
        accused_units=[HOUSING],
    )
    answer = await (await desks.at(OFFICE)).client.intake.SplitPetition(request)
    await told((await desks.named("auditor")).client)
    housing = (await desks.at(HOUSING)).client
    await eventually(partial(_restated, housing, origin), "the lists have the restatement")
    return Halves(origin, request, answer)


async def _restated(client: Client, case_id: str) -> bool:
    """Whether lists tell the case as the timeline does: they follow on their own."""
    page = await client.cases.ListCases(cases.ListCasesRequest(page_size=500))
    counts = {case.case_id: case.event_count for case in page.cases}
    return bool(counts.get(case_id) == len(await entries_now(client, case_ids=[case_id])))


async def fed(client: Client) -> list[Any]:
    """Every event that an agency's feeds give it."""
    found: list[Any] = []
    for name in LOGS:
        async for item in client.feed(name).Subscribe(SubscribeRequest(until_caught_up=True)):
            found += [item.event] if item.HasField("event") else []
    return found


@pytest.mark.parametrize("role", ["officer", "head", "system"])
async def test_nothing_that_the_accused_unit_is_sent_names_the_part(
    desks: Desks, halves: Halves, role: str
) -> None:
    client = (await desks.named(f"{role}@{HOUSING}")).client
    listed = await client.cases.ListCases(cases.ListCasesRequest(page_size=500))
    case = await client.cases.GetCase(cases.GetCaseRequest(case_id=halves.origin))
    petition = await client.intake.GetPetition(intake.GetPetitionRequest(case_id=halves.origin))
    sent = [listed, case, petition, *await fed(client), *await entries_now(client)]
    whole = b"".join(message.SerializeToString() for message in sent)
    assert halves.origin.encode() in whole
    for secret in halves.secrets:
        assert secret.encode() not in whole


async def test_what_it_does_see_is_a_restatement_and_its_numbers_have_no_gap(
    desks: Desks, halves: Halves
) -> None:
    client = (await desks.at(HOUSING)).client
    entries = await entries_now(client, case_ids=[halves.origin])
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    names = [entry.event.type.rpartition(".")[2] for entry in entries]
    assert names[-1] == "PetitionRestated"
    case = await client.cases.GetCase(cases.GetCaseRequest(case_id=halves.origin))
    assert (case.summary.event_count, list(case.summary.linked_case_ids)) == (len(entries), [])


async def test_the_part_is_no_case_for_it(desks: Desks, halves: Halves) -> None:
    client = (await desks.at(HOUSING)).client

    async def answers(other: str) -> list[Any]:
        link = {"info": info(), "case_id": halves.origin, "epoch": 2, "kind": types.LINK_KIND_RELATED}
        declined = {
            "info": info(),
            "case_id": halves.origin,
            "epoch": 2,
            "code": types.NON_ACCEPTANCE_CODE_IN_HAND,
            "reasons": text("已在办理"),
            "remedy": text("可以查询"),
        }
        return [
            await refusal(client.intake.GetPetition(intake.GetPetitionRequest(case_id=other))),
            await refusal(client.cases.GetCase(cases.GetCaseRequest(case_id=other))),
            await refusal(client.intake.LinkCase(intake.LinkCaseRequest(other_case_id=other, **link))),  # type: ignore[arg-type] # fields by name
            await refusal(
                client.intake.DeclinePetition(
                    intake.DeclinePetitionRequest(same_case_id=other, **declined)  # type: ignore[arg-type] # fields by name
                )
            ),
        ]

    assert await answers(halves.part) == await answers(str(uuid7()))


async def test_it_reads_the_remainder_alone_and_who_restated_it_the_whole(
    desks: Desks, halves: Halves
) -> None:
    def reading() -> intake.ReadPersonalDataRequest:
        return intake.ReadPersonalDataRequest(
            info=info(), case_id=halves.origin, purposes=["subject", "content"], ground="handling"
        )

    shown = await (await desks.at(HOUSING)).client.intake.ReadPersonalData(reading())
    assert [field.clear.text for field in shown.fields] == ["路灯", "路灯不亮，请修理"]
    whole = await (await desks.at(OFFICE)).client.intake.ReadPersonalData(reading())
    assert len(whole.fields) == 3


async def test_a_reading_of_before_is_not_shown_again(desks: Desks) -> None:
    """The same request, sent again after the case was restated, opens what stands there now."""
    origin = await accepted(desks)
    client = (await desks.at(HOUSING)).client
    request = intake.ReadPersonalDataRequest(
        info=info(), case_id=origin, purposes=["content"], ground="handling"
    )
    assert len((await client.intake.ReadPersonalData(request)).fields) == 1
    restate = intake.RestatePetitionRequest(
        info=info(), case_id=origin, epoch=2, subject=REST.subject, content=REST.content
    )
    await (await desks.at(OFFICE)).client.intake.RestatePetition(restate)
    assert len((await client.intake.ReadPersonalData(request)).fields) == 0


async def test_the_part_names_its_origin_to_who_has_it_and_is_with_nobody_accused(
    desks: Desks, halves: Halves
) -> None:
    office = (await desks.at(OFFICE)).client
    part = (await office.intake.GetPetition(intake.GetPetitionRequest(case_id=halves.part))).petition
    assert (part.origin_case_id, part.responsible_unit) == (halves.origin, OFFICE)
    origin = (await office.intake.GetPetition(intake.GetPetitionRequest(case_id=halves.origin))).petition
    assert list(origin.part_case_ids) == []


async def test_a_split_sent_again_is_answered_as_at_first(desks: Desks, halves: Halves) -> None:
    again = await (await desks.at(OFFICE)).client.intake.SplitPetition(halves.request)
    assert again.receipt.repeated
    assert but_for_repetition(again) == but_for_repetition(halves.answer)


async def test_who_split_it_off_and_is_accused_itself_is_not_answered_again(desks: Desks) -> None:
    """HOUSING splits off what turns out to accuse itself: it gets no word of it any more."""
    origin, client = await accepted(desks), (await desks.at(HOUSING)).client
    request = intake.SplitPetitionRequest(
        info=info(),
        case_id=origin,
        epoch=2,
        track=TRACK_DISCIPLINE,
        content=text("控告某单位"),
        reasons=text("检举控告"),
        remainder=REST,
        accused_units=[HOUSING],
    )
    part = (await client.intake.SplitPetition(request)).part_case_id
    refused = await refusal(client.intake.SplitPetition(request))
    assert refused == await refusal(
        client.intake.GetPetition(intake.GetPetitionRequest(case_id=str(uuid7())))
    )
    government = (await desks.at(CITY_GOVERNMENT)).client
    found = (await government.intake.GetPetition(intake.GetPetitionRequest(case_id=part))).petition
    assert found.responsible_unit == CITY_GOVERNMENT


async def test_no_case_that_others_see_is_linked_to_an_accusation(desks: Desks, halves: Halves) -> None:
    office = (await desks.at(OFFICE)).client
    link: dict[str, Any] = {"info": info(), "epoch": 1, "kind": types.LINK_KIND_RELATED}
    case_id = await registered(office)
    request = intake.LinkCaseRequest(case_id=case_id, other_case_id=halves.part, **link)
    assert (await refusal(office.intake.LinkCase(request))).reason == "LINK_FROM_THE_ACCUSATION"
    await office.intake.LinkCase(
        intake.LinkCaseRequest(case_id=halves.part, other_case_id=case_id, **(link | {"info": info()}))
    )


async def test_a_holder_that_turns_out_to_be_accused_is_left_with_nothing(desks: Desks) -> None:
    """Its superior has the case, and names the discipline organ; it is answered as strangers are."""
    origin, client = await accepted(desks), (await desks.at(HOUSING)).client
    await accuse((await desks.at(OFFICE)).client, origin, HOUSING)
    nothing = str(uuid7())
    for service, method, make in (
        ("intake", "GetPetition", intake.GetPetitionRequest),
        ("cases", "GetCase", cases.GetCaseRequest),
    ):
        await told((await desks.named("auditor")).client)
        stub = getattr(getattr(client, service), method)
        assert await refusal(stub(make(case_id=origin))) == await refusal(stub(make(case_id=nothing)))
    hand_over = [handover(case_id, DISCIPLINE, epoch=3) for case_id in (origin, nothing)]
    first, second = [await refusal(client.intake.HandOverPetition(one)) for one in hand_over]
    assert first == second
    government = (await desks.at(CITY_GOVERNMENT)).client
    await government.intake.HandOverPetition(handover(origin, DISCIPLINE, epoch=3))
    accept = intake.AcceptPetitionRequest(info=info(), case_id=origin, epoch=3)
    await (await desks.at(DISCIPLINE)).client.intake.AcceptPetition(accept)
