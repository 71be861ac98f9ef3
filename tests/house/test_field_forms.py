"""A field of a request that is named like an identifier or an organisation says so in its contract."""

from collections.abc import Iterator, Mapping

import pytest
from google.protobuf.descriptor import FieldDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.command.v1 import service_pb2 as command
from huiyin.common.v1.form_pb2 import FORM_AS_WRITTEN, FORM_IDENTIFIER, FORM_ORGANISATION, Form
from huiyin.dead.v1 import service_pb2 as dead
from huiyin.exchange.v1 import service_pb2 as exchange
from huiyin.feed.v1 import service_pb2 as feed
from huiyin.insight.v1 import service_pb2 as insight
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.timeline.v1 import service_pb2 as timeline
from huiyin_domain.checks import form_of
from tests.house.clear_texts import MEANINGS, clear_texts

CONTRACTS = (
    cases,
    command,
    dead,
    exchange,
    feed,
    insight,
    intake,
    judicial,
    reception,
    supervision,
    timeline,
)
SERVICES: tuple[ServiceDescriptor, ...] = tuple(
    service for contract in CONTRACTS for service in contract.DESCRIPTOR.services_by_name.values()
)
MEANS_A_UUID, MEANS_AN_ORGANISATION = (
    "a UUID, by the form of requests or made here",
    "an organisation of the directory",
)


def texts() -> dict[str, FieldDescriptor]:
    """Every string field of every request, by its full name."""
    requests = [GetMessageClass(method.input_type) for service in SERVICES for method in service.methods]
    return {field.full_name: field for field in clear_texts(requests)}


def unsaid(fields: Mapping[str, FieldDescriptor]) -> Iterator[str]:
    """Fields whose names mean more than their contracts say."""
    for name, field in fields.items():
        if form_of(field) not in {_meant(field), FORM_AS_WRITTEN}:
            yield name


def _meant(field: FieldDescriptor) -> Form.ValueType:
    if field.name in MEANINGS[MEANS_A_UUID] or (
        field.name.endswith(("_id", "_ids")) and field.name != "clock_id"
    ):
        return FORM_IDENTIFIER
    return FORM_ORGANISATION if field.name in MEANINGS[MEANS_AN_ORGANISATION] else form_of(field)


def test_every_identifier_and_organisation_of_a_request_is_checked_as_one() -> None:
    found = texts()
    assert len(found) > 200
    assert not [*unsaid(found)]


@pytest.mark.parametrize("name", ["huiyin.common.v1.Actor.agency", "huiyin.event.v1.EventMetadata.case_ids"])
def test_a_field_whose_contract_says_nothing_is_found(name: str) -> None:
    """These stand in events alone, which are written here and not checked as requests."""
    message, _, field = name.rpartition(".")
    planted = intake.DESCRIPTOR.pool.FindMessageTypeByName(message).fields_by_name[field]
    assert [*unsaid({name: planted})] == [name]
