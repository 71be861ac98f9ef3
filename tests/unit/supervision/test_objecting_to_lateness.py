"""A lateness is objected to by its unit, once, and decided on by another agency's supervisor (promise P5)."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.intake.v1.types_pb2 import Standing
from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.service_pb2 import (
    DecideLatenessObjectionRequest,
    ObjectToLatenessRequest,
    StatutoryClock,
)
from huiyin_domain.access import CaseFacts
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.supervision.lateness import LATENESS, Lateness, asked_about
from tests.support.agencies import (
    BUREAU,
    CENTRE,
    CITY,
    CITY_COURT,
    CONFERENCE,
    COUNTY,
    COURT,
    DIRECTORY,
    HOUSING,
    LABOUR,
    SCHOOLS,
    context,
    identifier,
    officer,
    sealed,
    secret,
)
from tests.support.given import Given

CASE, CLOCK = identifier(101), f"T7:{identifier(102)}"
DUE = datetime(2026, 5, 6, 16, 0, tzinfo=UTC)
AFTER = DUE + timedelta(days=1)


def due(at: datetime = DUE) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


def by(principal: Principal, division: str = "990101", accused: str = "") -> Context:
    standing = Standing(case_id=CASE, division=division, accused_units=[accused] if accused else [])
    return context(principal, now=AFTER, standings=[standing])


def supervisor(agency: str) -> Principal:
    return officer(agency, Role.SUPERVISOR)


def late(unit: str = SCHOOLS) -> Given[Lateness]:
    clock = StatutoryClock(
        clock_id=CLOCK, case_id=CASE, unit=unit, due_time=due(), status=types.CLOCK_STATUS_PASSED
    )
    return Given(LATENESS).after(clock, by(supervisor(CITY)))


def objection(**fields: object) -> ObjectToLatenessRequest:
    usual = {"case_id": CASE, "clock_id": CLOCK, "due_time": due(), "reasons": secret("why")}
    return ObjectToLatenessRequest(**{**usual, **fields})  # type: ignore[arg-type] # by name


def finding(upheld: bool = True, **fields: object) -> DecideLatenessObjectionRequest:
    usual = {"case_id": CASE, "clock_id": CLOCK, "due_time": due(), "finding": secret("found")}
    given = {**usual, "upheld": upheld, **fields}
    return DecideLatenessObjectionRequest(**given)  # type: ignore[arg-type] # by name


def objected(unit: str = SCHOOLS) -> Given[Lateness]:
    return late(unit).after(objection(), by(officer(unit)))


def test_the_late_unit_objects_and_the_organ_above_it_is_asked() -> None:
    outcome = late().when(objection(), by(officer(SCHOOLS)))
    outcome.then(
        events.LatenessObjected(
            clock_id=CLOCK,
            case_id=CASE,
            due_time=due(),
            unit=SCHOOLS,
            reasons=sealed("why"),
            asked=COUNTY,
        )
    )
    assert LATENESS.audience(outcome.after.state) == (SCHOOLS, COUNTY)


@pytest.mark.parametrize("agency", [HOUSING, COUNTY, BUREAU])
def test_for_who_is_not_the_late_unit_there_is_no_such_case(agency: str) -> None:
    late().when(objection(), by(officer(agency))).refused("NO_SUCH_CASE")


def test_a_lateness_that_nobody_recorded_is_no_case_either() -> None:
    on_other_day = objection(due_time=due(DUE + timedelta(days=1)))
    late().when(on_other_day, by(officer(SCHOOLS))).refused("NO_SUCH_CASE")
    without_day = objection(due_time=None)
    late().when(without_day, by(officer(SCHOOLS))).refused("NO_SUCH_CASE")
    late().when(objection(), context(officer(SCHOOLS), now=AFTER)).refused("NO_SUCH_CASE")


def test_a_unit_that_is_accused_in_the_case_by_now_learns_nothing_of_it() -> None:
    late().when(objection(), by(officer(SCHOOLS), accused=SCHOOLS)).refused("NO_SUCH_CASE")


def test_an_objection_takes_a_named_officer_and_reasons() -> None:
    system = Principal(SCHOOLS, "", frozenset({Role.SYSTEM}))
    late().when(objection(), by(system)).refused("OFFICER_REQUIRED")
    late().when(objection(), by(supervisor(SCHOOLS))).refused("ROLE_NOT_ALLOWED")
    late().when(objection(reasons=None), by(officer(SCHOOLS))).refused("CONTENT_REQUIRED")


def test_a_lateness_is_objected_to_once() -> None:
    open_one = objected()
    open_one.when(objection(reasons=secret("again")), by(officer(SCHOOLS))).refused("LATENESS_OBJECTED")
    refused = open_one.after(finding(upheld=False), by(supervisor(COUNTY)))
    refused.when(objection(), by(officer(SCHOOLS))).refused("LATENESS_OBJECTED")


def test_an_objection_that_is_upheld_takes_the_lateness_back_for_good() -> None:
    outcome = objected().when(finding(), by(supervisor(BUREAU)))
    outcome.then(
        events.LatenessWithdrawn(
            clock_id=CLOCK,
            case_id=CASE,
            due_time=due(),
            cause=types.WITHDRAWAL_CAUSE_OBJECTION_UPHELD,
            supervisor=BUREAU,
            finding=sealed("found"),
        )
    )
    assert LATENESS.audience(outcome.after.state) == (SCHOOLS, BUREAU)
    again = StatutoryClock(
        clock_id=CLOCK, case_id=CASE, unit=SCHOOLS, due_time=due(), status=types.CLOCK_STATUS_PASSED
    )
    outcome.after.when(again, by(supervisor(CITY))).nothing()


def test_an_objection_that_is_refused_leaves_the_lateness() -> None:
    outcome = objected().when(finding(upheld=False), by(supervisor(CITY)))
    outcome.then(
        events.LatenessObjectionRefused(
            clock_id=CLOCK, case_id=CASE, due_time=due(), supervisor=CITY, finding=sealed("found")
        )
    )
    state = outcome.after.state
    assert (len(state.passed), state.withdrawn) == (1, frozenset())
    outcome.after.when(finding(), by(supervisor(COUNTY))).refused("OBJECTION_DECIDED")


def test_what_was_withdrawn_otherwise_is_neither_objected_to_nor_decided() -> None:
    withdrawn = events.LatenessWithdrawn(
        clock_id=CLOCK, case_id=CASE, due_time=due(), cause=types.WITHDRAWAL_CAUSE_LATE_ENTRY
    )
    taken_back = objected().after(withdrawn, by(supervisor(CITY)))
    taken_back.when(finding(), by(supervisor(COUNTY))).refused("OBJECTION_DECIDED")
    late().after(withdrawn, by(supervisor(CITY))).when(objection(), by(officer(SCHOOLS))).refused(
        "LATENESS_WITHDRAWN"
    )


@pytest.mark.parametrize(("unit", "judge"), [(SCHOOLS, SCHOOLS), (CENTRE, CENTRE), (BUREAU, CONFERENCE)])
def test_nobody_judges_its_own_lateness_nor_that_of_a_body_that_its_people_run(unit: str, judge: str) -> None:
    objected(unit).when(finding(), by(supervisor(judge))).refused("OWN_UNIT")


def test_a_supervisor_of_another_region_finds_no_such_case() -> None:
    objected().when(finding(), by(supervisor(COUNTY), division="990102")).refused("NO_SUCH_CASE")
    objected().when(finding(), by(supervisor(COUNTY), division="990100")).refused("NO_SUCH_CASE")
    objected().when(finding(), context(supervisor(COUNTY), now=AFTER)).refused("NO_SUCH_CASE")


def test_a_supervisor_whose_unit_is_accused_finds_no_such_case() -> None:
    objected().when(finding(), by(supervisor(COUNTY), accused=COUNTY)).refused("NO_SUCH_CASE")


def test_a_part_in_the_case_makes_nobody_its_supervisor() -> None:
    both = officer(HOUSING, Role.OFFICER, Role.SUPERVISOR)
    standing = Standing(case_id=CASE, division="990200", parties=[HOUSING])
    own = context(both, now=AFTER, standings=[standing])
    objected().when(finding(), own).refused("NO_SUCH_CASE")
    objected().when(finding(), by(officer(COUNTY))).refused("ROLE_NOT_ALLOWED")


def test_a_decision_is_about_an_objection_and_says_why() -> None:
    late().when(finding(), by(supervisor(COUNTY))).refused("NO_SUCH_OBJECTION")
    objected().when(finding(finding=None), by(supervisor(COUNTY))).refused("CONTENT_REQUIRED")


def test_the_lapsed_remedy_of_a_petitioner_is_nobodys_to_object_to() -> None:
    late(unit="").when(objection(), by(officer(SCHOOLS))).refused("NO_SUCH_CASE")


@pytest.mark.parametrize(
    ("unit", "accused", "asked"),
    [
        (SCHOOLS, "", COUNTY),
        (SCHOOLS, COUNTY, BUREAU),
        (LABOUR, "", BUREAU),
        (COURT, "", CITY_COURT),
        (CITY, "", ""),
    ],
)
def test_who_is_asked_stands_above_the_unit_outside_the_wall(unit: str, accused: str, asked: str) -> None:
    facts = CaseFacts(division="990101", accused_units=frozenset({accused} - {""}))
    assert asked_about(unit, facts, DIRECTORY) == asked


def test_who_is_asked_watches_over_the_place_of_the_case() -> None:
    assert asked_about(SCHOOLS, CaseFacts(division="990100"), DIRECTORY) == ""


def test_an_objection_by_a_time_with_digits_of_its_own_is_about_the_recorded_time() -> None:
    finer = due()
    finer.nanos += 7
    (told,) = late().when(objection(due_time=finer), by(officer(SCHOOLS))).events
    assert isinstance(told, events.LatenessObjected)
    assert told.due_time == due()
    (taken_back,) = objected().when(finding(due_time=finer), by(supervisor(COUNTY))).events
    assert isinstance(taken_back, events.LatenessWithdrawn)
    assert taken_back.due_time == due()
