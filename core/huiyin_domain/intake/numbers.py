"""Display numbers: what people read and type of a case; it says where and when, and nothing of the person.

凭查询码可查: what serves who left no contact, and nobody else (Art. 23(2)).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1.types_pb2 import SERVICE_METHOD_QUERY_NUMBER, ServiceMethod
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, local_date
from huiyin_domain.directory import NOWHERE, county_of
from huiyin_domain.refusal import Refusal, invalid, wrong_state

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 8
"""Forty bits of chance: of 20,000 days with 10,000 filings each in one place, one has a repetition."""


def display_number(division: str, registered: datetime, case_id: str) -> str:
    """Place down to the county, day in Asia/Shanghai and chance, such as HY990101-20261123-7F3K2Q9M.

    It stays as it was printed, also when the place is settled later: 000000 stands for one not known then.

    The chance is the end of the case's UUIDv7 in Crockford's base 32, which has no I, L, O or U to misread.
    """
    return f"HY{county_of(division) or NOWHERE}-{local_date(registered):%Y%m%d}-{_chance(case_id)}"


def _chance(case_id: str) -> str:
    bits = UUID(case_id).int
    return "".join(_CROCKFORD[bits >> 5 * place & 31] for place in reversed(range(_LETTERS)))


_ART_23 = "Regulations of 2022, Art. 23(2)"


def can_be_reached(person: Person, anonymous: bool) -> bool:
    """Whether a notice can go anywhere: a phone, another contact, or an address that is not unclear."""
    return bool(person.phone or person.contact or (person.address and not anonymous))


def is_by_query_number(event: Any) -> bool:
    """Whether an event says that something reached the petitioner under the query number."""
    field = event.DESCRIPTOR.fields_by_name.get("method")
    if field is None or field.enum_type is not ServiceMethod.DESCRIPTOR:
        return False
    return bool(event.method == SERVICE_METHOD_QUERY_NUMBER)


def query_number_fault(decision: Sequence[Message], context: Context) -> Refusal | None:
    """A refusal unless no contact was left, and what is served can be read from now on.

    One rule for everything that is served, told or notified. It is there from its recording, so it was
    served then: not on an earlier day that somebody enters, and not by the head's late entry.
    """
    served: list[Any] = [event for event in decision if is_by_query_number(event)]
    if not served:
        return None
    if context.contact_left is not False:
        message = "a contact was left with the filing: serve it there; the query number serves who left none"
        return wrong_state("CONTACT_WAS_LEFT", message, _ART_23)
    tolerance = context.policy.limits.future_tolerance
    if any(abs(context.now - instant(event.served_time)) > tolerance for event in served):
        message = "under the query number it is served when it is recorded: leave served_time empty"
        return invalid("SERVED_WHEN_RECORDED", message, field="served_time", now=context.now.isoformat())
    return None
