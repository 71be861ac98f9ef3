"""登记: every filing is registered, by whom may register."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Sealed, Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.checks import UnsealedSecretError
from huiyin_domain.context import Principal, Role
from huiyin_domain.dates import SHANGHAI, instant, stamp
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from tests.support.deciding import START, Stream, officer, secret
from tests.support.small_policy import DISCIPLINE, HOUSING, OFFICE
from tests.unit.intake.petitions import Case, filing, made


def registered(by: Principal | None = None, /, **filed: Any) -> events.PetitionRegistered:
    (event,) = Stream[Petition](PETITION).when(filing(**filed), by or officer(OFFICE))
    return made(event, events.PetitionRegistered)


def refused(reason: str, by: Principal | None = None, /, **filed: Any) -> Refusal:
    return Stream[Petition](PETITION).refused(filing(**filed), by or officer(OFFICE), reason)


def test_the_registering_unit_is_the_first_responsible_one_in_epoch_1() -> None:
    case = Case()
    assert (case.state.holder, case.state.epoch) == (OFFICE, 1)
    assert case.state.status == types.PETITION_STATUS_REGISTERED


def test_an_anonymous_filing_without_petitioner_is_registered() -> None:
    """Domain rules 2.5: anonymous is not forbidden, only the duty of notice falls away (Art. 23(2))."""
    assert registered(anonymous=True).anonymous


def test_a_filing_needs_no_class_purpose_or_person_count() -> None:
    """Rules of 2022, Art. 5: what was not said is no condition for registration."""
    event = registered()
    assert (event.person_count, event.content_class, event.purpose) == (1, "", "")


def test_a_petition_office_is_told_from_other_agencies() -> None:
    """Art. 22 gives petition offices T1; Art. 23 gives others T3."""
    assert registered(officer(OFFICE)).petition_office
    assert not registered(officer(HOUSING)).petition_office


def test_the_case_is_the_first_fresh_id_and_a_new_person_the_second() -> None:
    stream = Stream[Petition](PETITION)
    context = stream.context(officer(OFFICE))
    (event,) = _decided(PETITION.decide(stream.state, filing(), context))
    assert (made(event, events.PetitionRegistered).case_id, event.person_id) == context.new_ids[:2]


def _decided(decision: Any) -> Any:
    assert not isinstance(decision, Refusal), decision
    return decision


def test_the_same_person_may_file_again() -> None:
    assert registered(person_id="known").person_id == "known"


def test_a_filing_is_received_when_it_is_entered_unless_another_time_is_given() -> None:
    earlier = START - timedelta(days=3)
    assert instant(registered().received_time) == START
    assert instant(registered(received_time=stamp(earlier)).received_time) == earlier


def test_the_first_day_of_the_first_year_is_counted_where_people_live() -> None:
    first = datetime(1992, 1, 1, tzinfo=SHANGHAI)
    assert instant(registered(received_time=stamp(first)).received_time) == first
    before = registered(received_time=stamp(first - timedelta(seconds=1)))
    assert list(before.doubts) == [types.REGISTRATION_DOUBT_RECEIVED_TIME]


def test_the_hash_of_the_query_code_is_kept() -> None:
    assert Case().state.registration.query_code_hash == b"hash of the query code"


def test_which_record_of_a_source_it_was_is_sealed() -> None:
    reference = Secret(sealed=Sealed(key_id="1", purpose="source_reference"))
    event = registered(source="import", source_reference=reference)
    assert (event.source, event.source_reference) == ("import", reference.sealed)


def test_an_agency_outside_the_directory_cannot_register() -> None:
    refused("UNKNOWN_AGENCY", officer("nobody"))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.SERVICE])
def test_roles_that_do_not_handle_petitions_cannot_register(role: Role) -> None:
    refused("ROLE_NOT_ALLOWED", officer(OFFICE, "somebody", role))


def test_an_agency_acts_on_behalf_of_another_in_that_ones_name() -> None:
    lent = Principal(HOUSING, "lent", frozenset({Role.OFFICER}), on_behalf_of=DISCIPLINE)
    assert registered(lent).unit == DISCIPLINE


def test_a_case_is_registered_once() -> None:
    case = Case()
    case.refused(filing(), officer(OFFICE), "ALREADY_REGISTERED")


def test_personal_data_that_was_not_sealed_is_a_programming_error() -> None:
    with pytest.raises(UnsealedSecretError):
        refused("", content=Secret(clear=Clear(text="in clear")))


def test_sealed_data_is_passed_on_unopened() -> None:
    given = secret("name of a person")
    assert registered(petitioner=given).petitioner == given.sealed


def test_nothing_but_a_malformed_request_refuses_registration() -> None:
    """Promise P1: whoever petitions, about whatever, however often, is registered."""
    same: list[Message] = [registered(petitioner=secret("one person"), person_id="p") for _ in range(5)]
    assert all(made(event, events.PetitionRegistered).unit == OFFICE for event in same)
