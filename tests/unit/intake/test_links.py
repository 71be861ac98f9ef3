"""Links: a person's finding that another case is the same matter or a related one (domain rules 2.5, 3.2)."""

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.intake.decide.split import tells_of_accusation
from huiyin_domain.intake.state import Petition
from tests.support.deciding import identity, officer
from tests.support.small_policy import CENTRE, DIRECTORY, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import Case

SAME = {"other_case_id": identity(50), "kind": types.LINK_KIND_SAME_MATTER}


def test_linked_cases_stay_separate_cases() -> None:
    case = Case()
    case.do("LinkCase", **SAME)
    assert [(link.case_id, link.kind) for link in case.state.links] == [
        (identity(50), types.LINK_KIND_SAME_MATTER)
    ]
    assert case.state.status == types.PETITION_STATUS_REGISTERED


def test_the_same_link_again_changes_nothing_and_another_finding_is_added() -> None:
    case = Case()
    case.do("LinkCase", **SAME)
    assert case.do("LinkCase", **SAME) == ()
    case.do("LinkCase", **(SAME | {"kind": types.LINK_KIND_RELATED}))
    assert len(case.state.links) == 2


def test_a_case_is_not_linked_to_itself() -> None:
    case = Case()
    case.no("LINK_TO_ITSELF", "LinkCase", **(SAME | {"other_case_id": case.state.case_id}))


def test_a_link_names_another_case_and_a_kind() -> None:
    Case().no("FIELD_REQUIRED", "LinkCase", kind=types.LINK_KIND_RELATED)
    Case().no("FIELD_REQUIRED", "LinkCase", other_case_id=identity(50))


def test_split_links_come_from_splitting_alone() -> None:
    Case().no("LINK_KIND_NOT_ALLOWED", "LinkCase", **(SAME | {"kind": types.LINK_KIND_SPLIT}))


def test_the_same_matter_is_found_by_a_person_of_the_responsible_unit() -> None:
    """Domain rules 11.2: software may suggest that two filings are the same matter, and never decides it."""
    Case().no("OFFICER_REQUIRED", "LinkCase", officer(OFFICE, "system", Role.SYSTEM), **SAME)
    Case().no("NO_SUCH_CASE", "LinkCase", officer(HOUSING), **SAME)


def linked(*units: str, discipline: bool = True) -> Petition:
    """What is known of a case in which these units are accused."""
    track = common.TRACK_DISCIPLINE if discipline else common.TRACK_ADMINISTRATIVE
    return Petition(track=track, accused_units=frozenset(units))


@pytest.mark.parametrize(
    "case, other, allowed",
    [
        (linked(discipline=False), linked(discipline=False), True),
        (linked(HOUSING), linked(discipline=False), True),
        (linked(HOUSING, LABOUR), linked(HOUSING), True),
        (linked(discipline=False), linked(HOUSING), False),
        (linked(discipline=False), linked(), False),
        (linked(HOUSING), linked(HOUSING, LABOUR), False),
        (linked(OFFICE), linked(CENTRE), True),
    ],
)
def test_an_accusation_is_named_only_where_everybody_is_kept_out_whom_it_keeps_out(
    case: Petition, other: Petition, allowed: bool
) -> None:
    """OFFICE runs CENTRE: they are one body before the wall."""
    refused = tells_of_accusation(case, other, DIRECTORY)
    assert (refused.reason if refused else "") == ("" if allowed else "LINK_FROM_THE_ACCUSATION")
