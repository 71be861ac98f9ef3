"""Who left no contact is served under the query number, from the day on which it can be read (Art. 23(2))."""

from datetime import timedelta
from typing import Any

import pytest

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.dates import instant, stamp
from huiyin_domain.intake.registered import can_be_reached
from huiyin_domain.refusal import Refusal
from tests.support.small_policy import HOUSING
from tests.unit.intake.petitions import Case, made

QUERY_NUMBER = types.SERVICE_METHOD_QUERY_NUMBER


def decide(case: Case, rpc: str, contact_left: bool | None, **fields: Any) -> Any:
    command = case.command(rpc, method=QUERY_NUMBER, **fields)
    return case.decide(command, case.holder, contact_left=contact_left)


def issued() -> tuple[Case, dict[str, str]]:
    case = Case().accepted(HOUSING)
    return case, {"opinion_id": case.opinion()}


def test_an_opinion_is_served_when_it_can_be_read_under_the_number_of_who_left_no_contact() -> None:
    case, opinion = issued()
    case.later(days=2)
    (event,) = decide(case, "ServeOpinion", False, **opinion)
    served = made(event, events.OpinionServed)
    assert (served.method, instant(served.served_time)) == (QUERY_NUMBER, case.now)


@pytest.mark.parametrize("left", [True, None])
def test_whoever_left_a_contact_is_served_there(left: bool | None) -> None:
    """None: nobody looked whether one was left."""
    case, opinion = issued()
    refused = decide(case, "ServeOpinion", left, **opinion)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.article) == ("CONTACT_WAS_LEFT", "Regulations of 2022, Art. 23(2)")


@pytest.mark.parametrize("rpc", ["NotifyReceipt", "ServeOpinion"])
def test_it_is_served_on_no_earlier_day_than_that_of_its_record(rpc: str) -> None:
    case, opinion = issued()
    fields = opinion if rpc == "ServeOpinion" else {}
    case.later(days=2)
    yesterday = stamp(case.now - timedelta(days=1))
    refused = decide(case, rpc, False, served_time=yesterday, **fields)
    assert isinstance(refused, Refusal)
    assert refused.reason == "SERVED_WHEN_RECORDED"
    assert not isinstance(decide(case, rpc, False, **fields), Refusal)


def test_one_rule_holds_for_everything_that_says_how_it_reached_the_petitioner() -> None:
    """Every event with a way of service has a time of service: the rule of the decider needs both."""
    kinds = [getattr(events, name) for name in events.DESCRIPTOR.message_types_by_name]
    ways = {
        kind.DESCRIPTOR.name: "served_time" in kind.DESCRIPTOR.fields_by_name
        for kind in kinds
        if (field := kind.DESCRIPTOR.fields_by_name.get("method"))
        and field.enum_type is types.ServiceMethod.DESCRIPTOR
    }
    assert ways.keys() >= {"ReceiptNotified", "ExtensionNotified", "OpinionServed", "ReviewServed"}
    assert all(ways.values())


@pytest.mark.parametrize(
    ("person", "anonymous", "reached"),
    [
        (Person(), False, False),
        (Person(name="名"), False, False),
        (Person(name="名", identity_number="1"), True, False),
        (Person(name="名", address="某路1号"), False, True),
        (Person(name="名", address="某路"), True, False),
        (Person(phone="13900000000"), True, True),
        (Person(contact="a@example.org"), False, True),
    ],
)
def test_a_contact_is_what_a_notice_can_be_sent_to(person: Person, anonymous: bool, reached: bool) -> None:
    assert can_be_reached(person, anonymous) is reached
