"""Calling the platform in tests: commands with their own identity, and refusals as a client reads them."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from google.protobuf.message import Message
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import (
    TRACK_ADMINISTRATIVE,
    TRACK_DISCIPLINE,
    Clear,
    CommandInfo,
    LateEntry,
    Person,
    Secret,
)
from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_cli.client import Client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.errors import error_info
from huiyin_kernel.settings import ServiceName

CITY, COUNTY = "990100", "990101"
LOGS: tuple[ServiceName, ...] = ("intake", "reception", "judicial", "supervision")
DIRECTORY = load_policy().directory


def agency(kind: OrganisationKind, division: str = CITY, number: int = 0) -> str:
    """The code of an agency of the development directory."""
    return [one.code for one in DIRECTORY if one.kind is kind and one.division == division][number]


OFFICE = agency(OrganisationKind.PETITION_OFFICE)
HOUSING, LABOUR, LAND = (agency(OrganisationKind.DEPARTMENT, CITY, number) for number in range(3))
COURT, CENTRE = agency(OrganisationKind.COURT), agency(OrganisationKind.CENTRE)
AUDIT_BODY = agency(OrganisationKind.AUDIT, "990000")


@dataclass(frozen=True, slots=True)
class Refused:
    """What a client learns of a call that failed."""

    code: StatusCode
    reason: str
    message: str
    facts: Mapping[str, str]


async def refusal(call: Awaitable[Any]) -> Refused:
    """The refusal that a call must end in."""
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return as_refused(caught.value)


def as_refused(error: aio.AioRpcError) -> Refused:
    """What a failed call says."""
    info = error_info(error)
    reason, facts = (info.reason, dict(info.metadata)) if info else ("", {})
    return Refused(error.code(), reason, error.details() or "", facts)


def info(
    occurred: datetime | None = None, request_id: str = "", late: str = "", imported: bool = False
) -> CommandInfo:
    """A command's identity; a fresh one unless given. `late` is why a head enters an act late."""
    when = timestamp(occurred) if occurred else None
    entry = LateEntry(reason=text(late)) if late else None
    made = CommandInfo(occurred_time=when, late_entry=entry, imported=imported)
    made.request_id = request_id or str(uuid7())
    return made


def text(words: str) -> Secret:
    """A text as a caller gives it."""
    return Secret(clear=Clear(text=words))


def person(**fields: str) -> Secret:
    """A petitioner as a caller gives one."""
    return Secret(clear=Clear(person=Person(**fields)))


def filing(**fields: Any) -> intake.RegisterPetitionRequest:
    """A filing that is registered as it is, but for the fields given."""
    usual: dict[str, Any] = {"channel": "web", "division": CITY, "content": text("路灯不亮，请修理")}
    return intake.RegisterPetitionRequest(**{"info": info(), **usual, **fields})


def claim(case_id: str, epoch: int = 1, **fields: Any) -> intake.ClassifyPetitionRequest:
    """A case classified as a claim in the petition procedure."""
    usual: dict[str, Any] = {
        "petition_class": types.PETITION_CLASS_CLAIM,
        "route": types.ROUTE_PETITION,
        "track": TRACK_ADMINISTRATIVE,
        "reasons": text("按来件内容甄别"),
    }
    return intake.ClassifyPetitionRequest(
        **{"info": info(), "case_id": case_id, "epoch": epoch, **usual, **fields}
    )


def handover(case_id: str, to_unit: str, epoch: int = 1, **fields: Any) -> intake.HandOverPetitionRequest:
    """A case transferred to a unit."""
    usual: dict[str, Any] = {"kind": types.HANDOVER_KIND_TRANSFER, "note": text("请依法办理")}
    return intake.HandOverPetitionRequest(
        **{"info": info(), "case_id": case_id, "epoch": epoch, "to_unit": to_unit, **usual, **fields}
    )


async def registered(client: Client, **fields: Any) -> str:
    """The id of a case just registered."""
    response = await client.intake.RegisterPetition(filing(**fields))
    return str(response.case_id)


async def handed_over(client: Client, to_unit: str) -> str:
    """A case that was registered, classified and handed over; the unit has not accepted it yet."""
    case_id = await registered(client)
    await client.intake.ClassifyPetition(claim(case_id))
    await client.intake.HandOverPetition(handover(case_id, to_unit))
    return case_id


async def accuse(client: Client, case_id: str, *units: str) -> None:
    """Says that a case is an accusation against these units, whatever it was found to be before."""
    found = await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))
    request = claim(
        case_id,
        found.petition.epoch,
        petition_class=types.PETITION_CLASS_ACCUSATION,
        route=types.ROUTE_UNSPECIFIED,
        track=TRACK_DISCIPLINE,
        accused_units=units,
        classification_version=found.petition.classification_version,
    )
    await client.intake.ClassifyPetition(request)


async def log_sizes(client: Client) -> dict[str, int]:
    """Events in each log."""
    described = [await client.feed(name).DescribeLog(DescribeLogRequest()) for name in LOGS]
    return {one.log: one.position for one in described}


async def call_raw(client: Client, service: ServiceName, path: str, raw: bytes) -> bytes:
    """Sends bytes, whatever they are, to a method given by its full path, and returns the answer's bytes."""
    method: Any = client.channels[service].unary_unary(path, None, None)
    answer: bytes = await method(raw)
    return answer


def but_for_repetition(response: Message) -> bytes:
    """A response's bytes, but for the mark in its receipt that it was given before."""
    plain = type(response)()
    plain.CopyFrom(response)
    plain.receipt.repeated = False  # type: ignore[attr-defined] # every answer to a command has one
    return plain.SerializeToString(deterministic=True)
