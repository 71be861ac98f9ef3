"""One question of the matrix: an rpc, called in a role for an agency, and what comes of it in a word."""

from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode, aio

from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_kernel.identity.authenticate import ON_BEHALF_OF
from huiyin_kernel.settings import ServiceName
from tests.house.tree import ROOT
from tests.matrix.world import Target, World
from tests.support.calling import CENTRE, LOGS, OFFICE, Refused, as_refused, info
from tests.support.platform import Platform

SEES, NOTHING = "sees", "nothing"
"""Answered, and the answer tells of the case, or does not."""

Said = Refused | list[bytes]
"""A refusal, or the messages of an answer."""

PROCESSES: dict[str, tuple[ServiceName, ...]] = {
    "intake": ("intake",),
    "reception": ("reception",),
    "judicial": ("judicial",),
    "supervision": ("supervision",),
    "cases": ("streams",),
    "timeline": ("streams",),
    "insight": ("streams",),
    "exchange": ("exchange",),
    "feed": LOGS,
    "command": LOGS,
    "dead": ("intake", "reception", "exchange"),
}
"""Which processes serve the services of a package."""


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    """Every rpc of every service, with its package: all contracts in the folder, also ones made later."""
    for contract in sorted((ROOT / "proto" / "huiyin").glob("*/v1/service.proto")):
        package = contract.parts[-3]
        module = import_module(f"huiyin.{package}.v1.service_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield package, method


async def answer(world: World, package: str, method: MethodDescriptor, relation: str, role: str) -> str:
    """What an agency that stands so to the case gets in that role."""
    target = world.target(package, relation)
    said = await told(world, package, method, target, relation, role)
    found = {_word(one, target) for one in said}
    return SEES if found == {SEES, NOTHING} else "/".join(sorted(found))


def _word(said: Said, target: Target) -> str:
    if isinstance(said, Refused):
        broken = said.code in (StatusCode.INTERNAL, StatusCode.UNKNOWN, StatusCode.UNAVAILABLE)
        return f"{said.code.name}!" if broken else said.reason
    return SEES if any(target.case_id.encode() in one for one in said) else NOTHING


async def told(
    world: World, package: str, method: MethodDescriptor, target: Target, relation: str, role: str
) -> list[Said]:
    """What each process that serves the rpc says to an agency in a role."""
    profile, metadata = _caller(world.platform, target.agency, relation, role)
    client = (await world.desks.named(profile)).client
    return [
        await _asked(client, process, method, request_of(method, target), metadata)
        for process in PROCESSES[package]
    ]


def _caller(platform: Platform, agency: str, relation: str, role: str) -> tuple[str, Any]:
    """The profile, and what its calls carry."""
    if role == "exchange":
        return "service@exchange", ((ON_BEHALF_OF, agency),)
    if role == "service":
        return "service@reception", ()
    if role in ("officer", "head", "system"):
        return f"{role}@{agency}", ()
    if role == "auditor" and relation == "stranger":
        return "auditor", ()
    return _employed(platform, agency, Role(role)), ()


_EMPLOYED: dict[tuple[str, str, Role], str] = {}


def _employed(platform: Platform, agency: str, role: Role) -> str:
    """An officer of the agency with this role alone, made when first needed."""
    key = (platform.admin_dsn, agency, role)
    if key not in _EMPLOYED:
        _EMPLOYED[key] = platform.employ(agency, role)
    return _EMPLOYED[key]


def request_of(method: MethodDescriptor, target: Target) -> Any:
    """Names what is asked about, and leaves out all else: what passes the walls is refused for its form."""
    given: dict[str, Any] = {
        "case_id": target.case_id,
        "case_ids": [target.case_id],
        "display_number": target.number,
        "meeting_id": target.meeting_id,
        "order_id": target.order_id,
        "referral_id": target.referral_id,
        "until_caught_up": True,
        "with_handled": True,
        "centre": CENTRE,
        "participants": [target.agency, OFFICE],
        "agencies": [target.agency],
        "visitor_count": 1,
    }
    request = GetMessageClass(method.input_type)()
    fields = method.input_type.fields_by_name
    for name, value in given.items():
        if name not in fields:
            continue
        if isinstance(value, list):
            getattr(request, name).extend(value)
        else:
            setattr(request, name, value)
    if "info" in fields:
        request.info.CopyFrom(info())  # type: ignore[attr-defined] # a command
    return request


async def _asked(
    client: Client, process: ServiceName, method: MethodDescriptor, request: Message, metadata: Any
) -> Said:
    if method.client_streaming:  # to other kinds of calls the client adds the token itself
        metadata = (*metadata, *client.profile.call_metadata())
    try:
        answers = _answers(client.channels[process], method, request, metadata)
        return [one.SerializeToString() async for one in answers]
    except aio.AioRpcError as error:
        return as_refused(error)


async def _answers(
    channel: aio.Channel, method: MethodDescriptor, request: Message, metadata: Any
) -> AsyncIterator[Message]:
    path = f"/{method.containing_service.full_name}/{method.name}"
    response = GetMessageClass(method.output_type)
    coding: dict[str, Any] = {
        "request_serializer": lambda message: message.SerializeToString(),
        "response_deserializer": response.FromString,
    }
    options: dict[str, Any] = {"timeout": 20.0, "metadata": metadata}
    call: Any
    if method.client_streaming:
        call = channel.stream_stream(path, **coding)(iter(()), **options)
    elif method.server_streaming:
        call = channel.unary_stream(path, **coding)(request, **options)
    else:
        yield await channel.unary_unary(path, **coding)(request, **options)
        return
    async for message in call:
        yield message
