"""Centres are entered once by their own; visits are recorded as they came, and nobody is turned away."""

from typing import Any

import pytest

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, AUTHORITY_KIND_PETITIONER, Authority
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin_domain.checks import UnsealedSecretError
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.reception.centre import CENTRE as CENTRE_DECIDER
from huiyin_domain.reception.centre import VISIT
from huiyin_domain.reception.meeting import MEETING
from tests.support.agencies import (
    BUREAU,
    CENTRE,
    HOUSING,
    LABOUR,
    LAND,
    identifier,
    officer,
    sealed,
    secret,
    unsealed,
)
from tests.support.given import Given, Outcome
from tests.support.meetings import context, standing

OPEN = commands.OpenCentreRequest(centre=CENTRE, division="990101", name="联合接访中心")
VISIT_ID, CASE_ID = identifier(1), identifier(2)
KNOWN = [standing(CASE_ID, HOUSING, parties=[HOUSING, LABOUR, BUREAU])]
"""HOUSING is responsible; LABOUR has a part in the case, and so has the bureau above the centre."""


def visit(
    centre: str = CENTRE,
    agencies: tuple[str, ...] = (HOUSING, LABOUR),
    count: int = 3,
    case_id: str = CASE_ID,
) -> commands.ReceiveVisitRequest:
    return commands.ReceiveVisitRequest(
        centre=centre, case_id=case_id, agencies=agencies, visitor_count=count, record=secret()
    )


def test_a_centre_enters_itself_in_the_record() -> None:
    outcome = Given(CENTRE_DECIDER).when(OPEN, context(officer(CENTRE)))
    outcome.then(events.CentreOpened(centre=CENTRE, division="990101", name="联合接访中心"))
    assert CENTRE_DECIDER.case_ids(outcome.after.state) == ()
    assert CENTRE_DECIDER.audience(outcome.after.state) == (CENTRE,)


def test_a_superior_enters_a_centre_under_its_directory_name() -> None:
    command = commands.OpenCentreRequest(centre=CENTRE, division="990101")
    outcome = Given(CENTRE_DECIDER).when(command, context(officer(BUREAU)))
    outcome.then(events.CentreOpened(centre=CENTRE, division="990101", name="甲县联合接访中心"))


def test_a_centre_is_entered_once() -> None:
    opened = Given(CENTRE_DECIDER).after(OPEN, context(officer(CENTRE)))
    opened.when(OPEN, context(officer(BUREAU))).nothing()
    renamed = commands.OpenCentreRequest(centre=CENTRE, division="990101", name="另一名称")
    opened.when(renamed, context(officer(CENTRE))).refused("CENTRE_EXISTS")


@pytest.mark.parametrize(
    "centre, division, agency, reason",
    [
        (HOUSING, "990101", HOUSING, "NOT_A_CENTRE"),
        ("", "990101", BUREAU, "NOT_A_CENTRE"),
        (CENTRE, "990101", HOUSING, "NOT_OWN_CENTRE"),
        (CENTRE, "990101", "NOBODY", "UNKNOWN_AGENCY"),
        (CENTRE, "990102", CENTRE, "WRONG_DIVISION"),
    ],
)
def test_what_is_no_centre_or_not_ones_own_is_refused(
    centre: str, division: str, agency: str, reason: str
) -> None:
    command = commands.OpenCentreRequest(centre=centre, division=division)
    Given(CENTRE_DECIDER).when(command, context(officer(agency))).refused(reason)


def test_agencies_receive_a_visit_together() -> None:
    outcome = Given(VISIT).when(
        visit(agencies=(HOUSING, LABOUR, HOUSING)), context(officer(HOUSING), [VISIT_ID], KNOWN)
    )
    outcome.then(
        events.VisitReceived(
            visit_id=VISIT_ID,
            centre=CENTRE,
            case_id=CASE_ID,
            agencies=[HOUSING, LABOUR],
            visitor_count=3,
            record=sealed(),
            authority=Authority(kind=AUTHORITY_KIND_HOLDER, organ=HOUSING),
        )
    )
    state = outcome.after.state
    assert VISIT.case_ids(state) == (CASE_ID,)
    assert VISIT.audience(state) == (CENTRE, HOUSING, LABOUR)


def test_a_visit_is_recorded_before_its_case_is_registered() -> None:
    outcome = Given(VISIT).when(visit(case_id=""), context(officer(CENTRE), [VISIT_ID]))
    assert VISIT.case_ids(outcome.after.state) == ()


def test_more_than_five_visitors_are_recorded_as_they_came_art_20_3() -> None:
    outcome = Given(VISIT).when(visit(count=22, case_id=""), context(officer(CENTRE), [VISIT_ID]))
    assert outcome.after.state.visit_id == VISIT_ID


@pytest.mark.parametrize(
    "command, agency, reason",
    [
        (visit(centre=HOUSING), HOUSING, "NOT_A_CENTRE"),
        (visit(agencies=()), HOUSING, "FIELD_REQUIRED"),
        (visit(agencies=(HOUSING, "NOBODY")), HOUSING, "UNKNOWN_UNIT"),
        (visit(), LAND, "NOT_RECEIVING"),
        (visit(), "NOBODY", "UNKNOWN_AGENCY"),
        (visit(count=0), HOUSING, "COUNT_OUT_OF_RANGE"),
        (visit(count=10_000), HOUSING, "COUNT_OUT_OF_RANGE"),
    ],
)
def test_a_visit_that_cannot_have_been_is_refused(
    command: commands.ReceiveVisitRequest, agency: str, reason: str
) -> None:
    Given(VISIT).when(command, context(officer(agency), [VISIT_ID])).refused(reason)


def test_a_recorded_visit_is_not_overwritten() -> None:
    recorded = Given(VISIT).after(visit(), context(officer(HOUSING), [VISIT_ID], KNOWN))
    recorded.when(visit(count=9), context(officer(HOUSING), [identifier(5)], KNOWN)).refused("VISIT_EXISTS")


def received(by: str, known: list[Standing], **fields: Any) -> Outcome[Any]:
    return Given(VISIT).when(visit(**fields), context(officer(by), [VISIT_ID], known))


def test_recorded_by_another_party_a_visit_rests_on_the_petitioner_who_came() -> None:
    (event,) = received(LABOUR, KNOWN).events
    assert isinstance(event, events.VisitReceived)
    assert event.authority == Authority(kind=AUTHORITY_KIND_PETITIONER, organ=LABOUR)


def test_a_stranger_to_a_case_attaches_no_visit_to_it() -> None:
    """Neither by itself nor by naming the responsible unit beside it; knowing the id gives nothing (P13)."""
    for agencies in ((LAND,), (LAND, HOUSING)):
        stranger = received(LAND, KNOWN, agencies=agencies).refused("NO_SUCH_CASE")
        assert stranger == received(LAND, [], agencies=agencies).refused("NO_SUCH_CASE")


def test_an_accused_unit_attaches_no_visit_and_none_names_it() -> None:
    walled = [standing(CASE_ID, LABOUR, parties=[LABOUR, HOUSING], accused_units=[HOUSING])]
    received(HOUSING, walled).refused("NO_SUCH_CASE")
    refusal = received(LABOUR, walled).refused("ACCUSED_UNIT")
    assert refusal.facts["unit"] == HOUSING


def test_a_centre_attaches_a_visit_only_to_a_case_that_it_or_who_runs_it_has_a_part_in() -> None:
    received(CENTRE, KNOWN).refused("NO_SUCH_CASE")
    known = [standing(CASE_ID, HOUSING, parties=[HOUSING, CENTRE])]
    assert len(received(CENTRE, known).events) == 1


def test_personal_data_in_clear_never_passes_a_decider() -> None:
    command = visit()
    command.record.CopyFrom(unsealed("某人"))
    with pytest.raises(UnsealedSecretError) as error:
        Given(VISIT).when(command, context(officer(HOUSING), [VISIT_ID], KNOWN))
    assert "某人" not in str(error.value)


@pytest.mark.parametrize("decider", [CENTRE_DECIDER, VISIT, MEETING])
def test_an_unknown_command_or_event_is_an_error(decider: object) -> None:
    given = Given(decider)  # type: ignore[arg-type, var-annotated] # the three have no common state
    with pytest.raises(UnknownCommandError):
        given.when(events.MeetingClosed(), context(officer(BUREAU)))
    with pytest.raises(UnknownEventError):
        given.decider.evolve(given.state, OPEN)
