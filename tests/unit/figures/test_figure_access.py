"""Who sees figures whole, who sees a sum, who sees none."""

import pytest

from huiyin_domain.context import Principal, Role
from huiyin_domain.directory import Directory
from huiyin_domain.figures.table import View, view
from huiyin_domain.refusal import Refusal
from tests.support.agencies import BUREAU, CITY, DIRECTORY, HOUSING


def seen_by(agency: str, *roles: Role, unit: str = "", directory: Directory = DIRECTORY) -> View | Refusal:
    return view(Principal(agency, "", frozenset(roles)), unit, directory)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SERVICE, Role.SUPERVISOR])
def test_who_may_read_the_cases_of_others_sees_their_figures_whole(role: Role) -> None:
    found = seen_by(CITY, role, unit=HOUSING)
    assert isinstance(found, View)
    assert found.wide


def test_a_supervisor_sees_the_own_region_and_an_auditor_everything() -> None:
    supervisor, auditor = seen_by(CITY, Role.SUPERVISOR), seen_by(CITY, Role.AUDITOR)
    assert isinstance(supervisor, View)
    assert isinstance(auditor, View)
    assert (supervisor.scope.division_line, supervisor.scope.all_cases) == ("9901", False)
    assert auditor.scope.all_cases


@pytest.mark.parametrize("role", [Role.OFFICER, Role.HEAD, Role.SYSTEM])
def test_an_agency_sees_its_own_and_the_sum_of_its_division(role: Role) -> None:
    found = seen_by(HOUSING, role)
    assert isinstance(found, View)
    assert (found.wide, found.public_line) == (False, "990101")
    assert isinstance(seen_by(HOUSING, role, unit=HOUSING), View)


def test_an_agency_of_no_known_place_has_no_sum() -> None:
    found = seen_by(HOUSING, Role.OFFICER, directory=Directory(()))
    assert isinstance(found, View)
    assert found.public_line == ""


def test_the_figures_of_another_unit_are_refused() -> None:
    found = seen_by(HOUSING, Role.OFFICER, unit=BUREAU)
    assert isinstance(found, Refusal)
    assert (found.reason, found.facts["unit"]) == ("FIGURES_OF_ANOTHER_UNIT", BUREAU)


@pytest.mark.parametrize("roles", [(), (Role.ADMINISTRATOR,)])
def test_who_reads_no_cases_sees_no_figures(roles: tuple[Role, ...]) -> None:
    assert isinstance(seen_by(CITY, *roles), Refusal)
