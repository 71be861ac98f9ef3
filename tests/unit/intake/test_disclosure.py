"""Every reading of personal data is on the record (promise P11)."""

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.service_pb2 import ClassifyPetitionRequest, ReadPersonalDataRequest
from huiyin_domain.context import Role
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.intake.disclosure import DISCLOSURE, GROUNDS, PURPOSES, Disclosure
from tests.support.deciding import Stream, identity, officer
from tests.support.small_policy import OFFICE
from tests.unit.intake.petitions import made

CASE = identity(1)


def stream() -> Stream[Disclosure]:
    return Stream[Disclosure](DISCLOSURE)


def reading(**changes: object) -> ReadPersonalDataRequest:
    given: dict[str, object] = {"case_id": CASE, "purposes": ["petitioner"], "ground": "handling"}
    return ReadPersonalDataRequest(**(given | changes))  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_reading_is_recorded_with_what_and_why(ground: str) -> None:
    decision = stream().decide(reading(ground=ground), officer(OFFICE))
    (event,) = decision  # type: ignore[misc] # a refusal cannot be unpacked, which fails the test
    read = made(event, events.PersonalDataRead)
    assert (read.case_id, list(read.purposes), read.ground) == (CASE, ["petitioner"], ground)


@pytest.mark.parametrize("ground", ["", "curiosity"])
def test_a_reading_without_a_ground_is_refused(ground: str) -> None:
    refusal = stream().refused(reading(ground=ground), officer(OFFICE), "GROUND_REQUIRED")
    assert refusal.facts["allowed"] == "handling,review,audit"


def test_a_reading_names_the_person_who_reads() -> None:
    stream().refused(reading(), officer(OFFICE, "system", Role.SYSTEM), "OFFICER_REQUIRED")


def test_every_sealed_field_of_a_petitions_events_can_be_read() -> None:
    assert {"petitioner", "subject", "content", "document", "source_reference"} <= PURPOSES
    asked = sorted(PURPOSES)
    (event,) = stream().decide(reading(purposes=asked), officer(OFFICE))  # type: ignore[misc] # as above
    assert list(made(event, events.PersonalDataRead).purposes) == asked


@pytest.mark.parametrize("purposes", [["她住在某街三号"], ["petitioner", "name"], [""], ["Petitioner"]])
def test_a_reading_of_what_is_no_sealed_field_is_refused(purposes: list[str]) -> None:
    refusal = stream().refused(reading(purposes=purposes), officer(OFFICE), "UNKNOWN_PURPOSE")
    assert "petitioner" in refusal.facts["allowed"]


def test_readings_concern_their_case_and_reach_no_agency() -> None:
    one = stream()
    one.given(events.PersonalDataRead(case_id=CASE))
    assert DISCLOSURE.case_ids(one.state) == (CASE,)
    assert DISCLOSURE.audience(one.state) == ()


def test_other_commands_and_events_are_errors() -> None:
    with pytest.raises(UnknownCommandError):
        stream().decide(ClassifyPetitionRequest(), officer(OFFICE))
    with pytest.raises(UnknownEventError):
        stream().given(events.PetitionAccepted())
