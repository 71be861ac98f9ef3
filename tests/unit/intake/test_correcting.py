"""更正登记: a registration is put right field by field, by who may, with the old value kept."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.codes import Verification
from huiyin_domain.context import Role
from huiyin_domain.dates import stamp
from huiyin_domain.intake.registered import FIELDS, SEALED_FIELDS, superseded
from huiyin_domain.intake.standing import petition_message
from tests.support.deciding import START, officer, secret
from tests.support.small_policy import HOUSING, LABOUR, OFFICE, POLICY
from tests.unit.intake.petitions import ACCUSATION, Case, head, made

DAY = timedelta(days=1)
WHY = {"reasons": secret("the sheet says otherwise")}
LATE: dict[str, Any] = {"entry": common.Entry(kind=common.ENTRY_KIND_LATE)}


def correcting(**fields: Any) -> dict[str, Any]:
    """A correction of just these fields."""
    return WHY | fields | {"fields": [*fields]}


def corrected(case: Case, *by: Any, **fields: Any) -> events.RegistrationCorrected:
    (event,) = case.do("CorrectRegistration", *by, **correcting(**fields))
    return made(event, events.RegistrationCorrected)


def by_head(case: Case, **fields: Any) -> events.RegistrationCorrected:
    (event,) = case.when(case.command("CorrectRegistration", **correcting(**fields)), head(OFFICE), **LATE)
    return made(event, events.RegistrationCorrected)


def test_every_field_of_a_correction_is_one_of_the_registration() -> None:
    registered = events.PetitionRegistered.DESCRIPTOR.fields_by_name
    for name in FIELDS:
        own = events.RegistrationCorrected.DESCRIPTOR.fields_by_name[name]
        assert (own.type, own.message_type) == (registered[name].type, registered[name].message_type)
    assert set(SEALED_FIELDS) == {"petitioner", "subject", "content", "source_reference"}


def test_only_what_is_put_right_stands_in_the_event() -> None:
    case = Case(purpose="claim")
    event = corrected(case, division="990102", purpose="claim", content=secret("right"))
    assert list(event.fields) == ["content", "division"]
    assert (event.division, event.content, event.purpose) == ("990102", secret("right").sealed, "")
    assert (event.person_id, event.reasons) == (case.state.registration.person_id, WHY["reasons"].sealed)
    assert case.state.registration.division == "990102"
    assert petition_message(case.state, 2).division == "990102"


def test_what_stood_there_stays_in_the_log_and_what_is_not_named_as_it_was() -> None:
    case = Case(subject=secret("lamp"), person_count=3)
    before = case.state.registration
    corrected(case, person_count=30)
    assert made(case.history[0], events.PetitionRegistered).person_count == 3
    after = case.state.registration
    assert (after.person_count, after.subject, after.content) == (30, before.subject, before.content)
    assert (after.display_number, after.query_code_hash) == (before.display_number, before.query_code_hash)


def test_a_field_can_be_put_right_to_nothing() -> None:
    case = Case(posted_time=stamp(START - DAY), petitioner=secret("who"), anonymous=True)
    event = corrected(case, posted_time=None, petitioner=None, anonymous=False)
    assert list(event.fields) == ["posted_time", "petitioner", "anonymous"]
    registration = case.state.registration
    assert (registration.posted_time, registration.petitioner, registration.anonymous) == (None, None, False)


def test_what_stands_there_already_is_no_correction() -> None:
    case = Case(purpose="claim")
    assert case.do("CorrectRegistration", **correcting(purpose="claim", division="990101")) == ()
    assert case.state.corrections == 0


def test_two_officers_who_correct_at_once_do_not_overwrite_each_other() -> None:
    case = Case()
    corrected(case, division="990102")
    refusal = case.no(
        "REVISED_MEANWHILE", "CorrectRegistration", **correcting(division="990100"), registration_version=0
    )
    assert (refusal.facts["registration_version"], refusal.facts["division"]) == ("1", "990102")
    case.do("RestatePetition", content=secret("other words"))
    case.no(
        "REVISED_MEANWHILE", "CorrectRegistration", **correcting(content=secret("x")), registration_version=1
    )
    assert petition_message(case.state, 3).registration_version == 2


def test_the_responsible_unit_and_who_registered_it_correct_and_nobody_else() -> None:
    case = Case().accepted(HOUSING)
    assert corrected(case, division="990102").authority.kind == common.AUTHORITY_KIND_HOLDER
    event = corrected(case, officer(OFFICE), division="990101")
    assert (event.authority.kind, event.authority.organ) == (common.AUTHORITY_KIND_REGISTRATION, OFFICE)
    case.no("NO_SUCH_CASE", "CorrectRegistration", officer(LABOUR), **correcting(division="990102"))
    system = officer(HOUSING, "system", Role.SYSTEM)
    case.no("OFFICER_REQUIRED", "CorrectRegistration", system, **correcting(division="990102"))


def test_a_unit_that_registered_for_itself_corrects_what_it_handed_on() -> None:
    case = Case(by=HOUSING).classified()
    case.handed_over(LABOUR)
    case.do("AcceptPetition", officer(LABOUR))
    assert corrected(case, officer(HOUSING), purpose="claim").authority.organ == HOUSING


def test_who_is_accused_corrects_nothing_and_learns_nothing() -> None:
    case = Case().accepted(HOUSING)
    case.do("ClassifyPetition", officer(OFFICE), **(ACCUSATION | {"accused_units": [HOUSING]}), **WHY)
    case.no("NO_SUCH_CASE", "CorrectRegistration", officer(HOUSING), **correcting(division="990102"))
    corrected(case, officer(OFFICE), content=secret("what was meant"))
    assert HOUSING not in case.state.audience


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("UNKNOWN_FIELD", {}),
        ("UNKNOWN_FIELD", {"unit": "x"}),
        ("UNKNOWN_CHANNEL", {"channel": "pigeon"}),
        ("UNKNOWN_DIVISION", {"division": "000000"}),
        ("UNKNOWN_PURPOSE", {"purpose": "none"}),
        ("CONTENT_REQUIRED", {"content": None}),
        ("PERSON_COUNT_OUT_OF_RANGE", {"person_count": 0}),
        ("PERSON_COUNT_OUT_OF_RANGE", {"person_count": 10_000}),
        ("FIELD_REQUIRED", {"received_time": None}),
        ("RECEIVED_IN_FUTURE", {"received_time": stamp(START + DAY)}),
        ("POSTED_AFTER_RECEIVED", {"posted_time": stamp(START + DAY)}),
    ],
)
def test_what_could_not_be_registered_is_no_correction(reason: str, fields: dict[str, Any]) -> None:
    named = {name: value for name, value in fields.items() if name != "unit"}
    Case().no(reason, "CorrectRegistration", **(WHY | named | {"fields": [*fields]}))


def test_a_correction_says_why() -> None:
    Case().no("CONTENT_REQUIRED", "CorrectRegistration", fields=["division"], division="990102")


def test_an_earlier_day_of_receipt_is_any_officers_and_a_later_one_the_heads() -> None:
    case = Case()
    corrected(case, received_time=stamp(START - DAY * 9))
    assert case.state.registration.received_time == START - DAY * 9
    case.no("LATE_ENTRY_REQUIRED", "CorrectRegistration", **correcting(received_time=stamp(START - DAY)))
    by_head(case, received_time=stamp(START - DAY))
    assert case.state.registration.received_time == START - DAY


def test_that_an_address_is_unclear_is_the_heads_to_say() -> None:
    case = Case()
    case.no("LATE_ENTRY_REQUIRED", "CorrectRegistration", **correcting(anonymous=True))
    assert by_head(case, anonymous=True).anonymous
    assert not corrected(case, anonymous=False).anonymous


def test_nothing_was_done_on_a_petition_before_it_was_received() -> None:
    case = Case()
    corrected(case, received_time=stamp(START - DAY * 9))
    case.later(days=3)
    case.classified()
    case.later(days=1)
    late = case.command(
        "CorrectRegistration",
        **correcting(
            received_time=stamp(
                START + DAY * 3,
            )
        ),
    )
    case.when(late, head(OFFICE), **LATE)
    later = case.command("CorrectRegistration", **correcting(received_time=stamp(START + DAY * 3.5)))
    case.refused(later, head(OFFICE), "RECEIVED_AFTER_AN_ACT", **LATE)


def test_an_act_is_judged_by_the_day_of_receipt_that_stands_now() -> None:
    case = Case()
    early = START - DAY
    command = case.command("ClassifyPetition", petition_class=types.PETITION_CLASS_SUGGESTION, track=4, **WHY)
    case.refused(command, officer(OFFICE), "BEFORE_RECEIPT", occurred=early)
    corrected(case, received_time=stamp(START - DAY * 2))
    assert case.when(command, officer(OFFICE), occurred=early)


def test_a_closed_case_is_put_right_too() -> None:
    case = Case().accepted()
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    assert corrected(case, person_count=2).person_count == 2


def test_a_class_that_was_found_since_is_what_is_put_right() -> None:
    case = Case(content_class="010100")
    case.classified()
    corrected(case, content_class="020200")
    assert case.state.content_class == "020200"


def _said(organ: str, *fields: str) -> events.RegistrationCorrected:
    return events.RegistrationCorrected(fields=fields, authority=common.Authority(organ=organ))


def test_of_a_text_the_old_is_opened_for_who_put_it_right_alone() -> None:
    """A name that was put right hides nothing; a text may have held what is for other eyes (Art. 30(3))."""
    stream = [events.PetitionRegistered(), _said(OFFICE, "content", "petitioner")]
    assert superseded(stream, HOUSING) == {(0, "content")}
    assert superseded(stream, OFFICE) == frozenset()


def test_reasons_of_a_text_that_was_put_in_other_words_since_are_closed_with_it() -> None:
    restated = events.PetitionRestated(authority=common.Authority(organ=OFFICE))
    stream = [events.PetitionRegistered(), _said(HOUSING, "subject"), restated]
    closed = {(0, "subject"), (0, "content"), (1, "subject"), (1, "reasons"), (1, "reason")}
    as_written = {(0, "place_as_written"), (0, "as_written")}
    assert superseded(stream, LABOUR) == closed | as_written
    assert superseded(stream, OFFICE) == {(0, "subject")}


def test_who_is_told_of_ratings_is_not_moved_once_there_is_an_opinion() -> None:
    case = Case(petitioner=secret("who")).accepted()
    corrected(case, petitioner=secret("right"))
    assert case.state.registration.contact == secret("right").sealed
    case.answered()
    corrected(case, petitioner=secret("other"))
    registration = case.state.registration
    assert (registration.petitioner, registration.contact) == (secret("other").sealed, secret("right").sealed)


def test_a_place_with_another_calendar_is_the_heads_to_put_right() -> None:
    none = frozenset[date]()
    year = YearCalendar(2026, "of 990102", Verification.DERIVED, "invented", none, none)
    local = POLICY.timetable.amended(year, ["990102"])
    case = Case()
    case.policy = replace(POLICY, timetable=local)
    case.no("LATE_ENTRY_REQUIRED", "CorrectRegistration", **correcting(division="990102"))
    assert by_head(case, division="990102").division == "990102"
    assert Case().do("CorrectRegistration", **correcting(division="990102"))
