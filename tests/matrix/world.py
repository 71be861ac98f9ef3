"""What the matrix asks about: for each relation an agency, a case, and its meeting, order and referral."""

from dataclasses import dataclass
from typing import Any

from grpc import aio

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as judicial_types
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1 import types_pb2 as supervision_types
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from tests.mainjob.desk import Desks
from tests.support.calling import (
    AUDIT_BODY,
    CENTRE,
    CITY,
    COURT,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    agency,
    claim,
    handed_over,
    handover,
    info,
    registered,
    text,
)
from tests.support.platform import Platform, eventually
from tests.support.subscribing import told

GOVERNMENT = agency(OrganisationKind.GOVERNMENT, CITY)
NEIGHBOUR = agency(OrganisationKind.PETITION_OFFICE, "990102")
COUNTY_OFFICE = agency(OrganisationKind.PETITION_OFFICE, "990101")

RELATIONS = ("party", "former", "accused", "superior", "stranger", "centre")
ROLES = ("officer", "head", "supervisor", "auditor", "administrator", "system", "service", "exchange")


@dataclass(frozen=True, slots=True)
class Target:
    """What somebody asks about, and the agency for which it asks."""

    agency: str
    case_id: str
    number: str
    meeting_id: str
    order_id: str
    referral_id: str


@dataclass(frozen=True, slots=True)
class World:
    """The platform, and the target of each relation. `referral` is the judicial organ's own."""

    platform: Platform
    desks: Desks
    targets: dict[str, Target]
    referral: Target

    def target(self, service: str, relation: str) -> Target:
        """The judicial track is a party's of the court; everything else of the unit that has the case."""
        return self.referral if (service, relation) == ("judicial", "party") else self.targets[relation]


async def built(platform: Platform, desks: Desks) -> World:
    """Makes every case and waits until all views have it."""
    platform.employ(AUDIT_BODY, Role.AUDITOR)
    making = _Making(desks)
    referral = await making.referred()
    plain = await making.plain(referral)
    targets = {
        "party": plain(HOUSING),
        "former": plain(LABOUR),
        "stranger": plain(NEIGHBOUR),
        "superior": await making.disputed(referral),
        "accused": await making.accused(referral),
        "centre": await making.run_by_accused(referral),
    }
    auditor = (await desks.named("auditor")).client
    await told(auditor)
    await eventually(lambda: _clocks_are_there(auditor, targets["party"].case_id), "clocks of the case")
    return World(platform, desks, targets, referral)


async def _clocks_are_there(auditor: Any, case_id: str) -> bool:
    listed = await auditor.supervision.ListClocks(supervision.ListClocksRequest(page_size=500))
    return any(clock.case_id == case_id for clock in listed.clocks)


class _Making:
    """Makes cases as officers do."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    async def plain(self, referral: Target) -> Any:
        """A claim that LABOUR was handed and gave back, and that HOUSING has and meets on; for an agency."""
        office = (await self._desks.at(OFFICE)).client
        case_id = await handed_over(office, LABOUR)
        await self._objected(case_id, LABOUR)
        await self._upheld(case_id)
        await office.intake.HandOverPetition(handover(case_id, HOUSING))
        housing = (await self._desks.at(HOUSING)).client
        await housing.intake.AcceptPetition(
            intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1)
        )
        meeting = await self._met(HOUSING, case_id, OFFICE)
        order = await self._ordered(case_id, HOUSING)
        number = await self._number(case_id)
        return lambda code: Target(code, case_id, number, meeting, order, referral.referral_id)

    async def disputed(self, referral: Target) -> Target:
        """Handed to LABOUR, which objects: the government above both is asked."""
        office = (await self._desks.at(OFFICE)).client
        case_id = await handed_over(office, LABOUR)
        await self._objected(case_id, LABOUR)
        meeting, order = await self._met(OFFICE, case_id, HOUSING), await self._ordered(case_id, OFFICE)
        number = await self._number(case_id)
        return Target(GOVERNMENT, case_id, number, meeting, order, referral.referral_id)

    async def accused(self, referral: Target) -> Target:
        """LAND is called to a meeting and gets an order; then it is accused."""
        office = (await self._desks.at(OFFICE)).client
        case_id = await registered(office)
        meeting, order = await self._met(OFFICE, case_id, LAND), await self._ordered(case_id, LAND)
        number = await self._number(case_id)
        await office.intake.ClassifyPetition(_accusation(case_id, LAND))
        return Target(LAND, case_id, number, meeting, order, referral.referral_id)

    async def run_by_accused(self, referral: Target) -> Target:
        """The centre is called to a meeting; then the office that runs it is accused."""
        county = (await self._desks.at(COUNTY_OFFICE)).client
        case_id = await registered(county)
        meeting = await self._met(COUNTY_OFFICE, case_id, CENTRE)
        order = await self._ordered(case_id, CENTRE)
        number = await self._number(case_id, COUNTY_OFFICE)
        await county.intake.ClassifyPetition(_accusation(case_id, OFFICE))
        return Target(CENTRE, case_id, number, meeting, order, referral.referral_id)

    async def referred(self) -> Target:
        """A litigation matter that the court took."""
        office = (await self._desks.at(OFFICE)).client
        case_id = await registered(office)
        litigation, track = types.PETITION_CLASS_LITIGATION, common.TRACK_JUDICIAL
        route = types.ROUTE_JUDICIAL
        await office.intake.ClassifyPetition(
            claim(case_id, petition_class=litigation, route=route, track=track)
        )
        request = intake.ReferLitigationRequest(
            info=info(),
            case_id=case_id,
            epoch=1,
            organ_kind=judicial_types.ORGAN_KIND_COURT,
            organ=COURT,
            matter=text("涉诉事项"),
        )
        offer = str((await office.intake.ReferLitigation(request)).offer_id)
        number = await self._number(case_id)
        await self._taken(offer)
        return Target(COURT, case_id, number, "", "", offer)

    async def _taken(self, offer: str) -> None:
        """Acknowledged, released by intake, and known to be in the judicial track."""
        court = (await self._desks.at(COURT)).client
        asked = judicial.GetReferralRequest(referral_id=offer)

        async def stands(*statuses: judicial_types.ReferralStatus.ValueType) -> bool:
            try:
                return (await court.judicial.GetReferral(asked)).referral.status in statuses
            except aio.AioRpcError:
                return False

        await eventually(lambda: stands(judicial_types.REFERRAL_STATUS_SENT), "the offer reaches the court")
        request = judicial.AcknowledgeReferralRequest(info=info(), referral_id=offer)
        await court.judicial.AcknowledgeReferral(request)
        released = judicial_types.REFERRAL_STATUS_RELEASED
        await eventually(lambda: stands(released), "the court hears of the release")

    async def _objected(self, case_id: str, unit: str) -> None:
        client = (await self._desks.at(unit)).client
        found = (await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))).petition
        request = intake.ObjectToHandoverRequest(
            info=info(), case_id=case_id, epoch=1, handover_id=found.handover_id, reasons=text("非本单位职权")
        )
        await client.intake.ObjectToHandover(request)

    async def _upheld(self, case_id: str) -> None:
        client = (await self._desks.at(OFFICE)).client
        found = (await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))).petition
        request = intake.DecideObjectionRequest(
            info=info(),
            case_id=case_id,
            epoch=1,
            handover_id=found.handover_id,
            upheld=True,
            reasons=text("属实"),
        )
        await client.intake.DecideObjection(request)

    async def _met(self, holder: str, case_id: str, other: str) -> str:
        client = (await self._desks.at(holder)).client
        request = reception.ConveneMeetingRequest(
            info=info(), participants=[holder, other], case_ids=[case_id], agenda=text("联席会议议题")
        )
        return str((await client.reception.ConveneMeeting(request)).meeting_id)

    async def _ordered(self, case_id: str, unit: str) -> str:
        client = (await self._desks.named("supervisor")).client
        request = supervision.IssueOrderRequest(
            info=info(),
            case_id=case_id,
            unit=unit,
            ground=supervision_types.ORDER_GROUND_OVERDUE,
            facts=text("请说明办理情况"),
        )
        return str((await client.supervision.IssueOrder(request)).order_id)

    async def _number(self, case_id: str, unit: str = OFFICE) -> str:
        client = (await self._desks.at(unit)).client
        found = await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))
        return str(found.petition.display_number)


def _accusation(case_id: str, unit: str) -> intake.ClassifyPetitionRequest:
    return claim(
        case_id,
        petition_class=types.PETITION_CLASS_ACCUSATION,
        route=0,
        track=common.TRACK_DISCIPLINE,
        accused_units=[unit],
    )
