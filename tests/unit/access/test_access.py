"""Who may see what of a case: role, region, part in the case, and the accused's wall (promise P11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_domain.access import (
    Action,
    CaseFacts,
    Relation,
    Scope,
    auditor_with_cases,
    kept_out_by,
    may,
    organs_asked,
    relation,
    scope,
    unknown_case,
)
from huiyin_domain.context import Principal, Role
from huiyin_domain.directory import Directory, Organisation, OrganisationKind
from tests.support.deciding import officer
from tests.support.small_policy import (
    AUDIT_BODY,
    CENTRE,
    CITY,
    CITY_OFFICE,
    CONFERENCE,
    COUNTY,
    COURT,
    DIRECTORY,
    DISCIPLINE,
    HOUSING,
    LABOUR,
    OFFICE,
    PROVINCE,
    STRANGER,
)

CASE = CaseFacts(frozenset({OFFICE, HOUSING}), frozenset({HOUSING}), "990101")
AGENCIES = sorted(organisation.code for organisation in DIRECTORY)
SERVICE = Principal("judicial", "", frozenset({Role.SERVICE}))


def reason(principal: Principal, action: Action, facts: CaseFacts = CASE) -> str:
    """Why not; empty when the principal may."""
    refusal = may(principal, action, facts, DIRECTORY)
    return refusal.reason if refusal else ""


@pytest.mark.parametrize("role", [Role.OFFICER, Role.HEAD, Role.SYSTEM])
def test_agencies_read_the_cases_in_which_they_are_a_party(role: Role) -> None:
    assert reason(officer(OFFICE, "", role), Action.READ_CASE) == ""
    assert reason(officer(LABOUR, "", role), Action.READ_CASE) == "NO_SUCH_CASE"


@given(
    st.sets(st.sampled_from(list(Role)), min_size=1),
    st.sampled_from([Action.READ_CASE, Action.READ_PERSONAL]),
)
def test_an_accused_unit_reads_nothing_in_whatever_role(roles: set[Role], action: Action) -> None:
    """Art. 30(3); domain rules 11.4, invariant 6."""
    accused = Principal(HOUSING, "somebody", frozenset(roles))
    assert may(accused, action, CASE, DIRECTORY) == unknown_case()


@given(st.sampled_from(AGENCIES), st.sets(st.sampled_from(list(Role)), min_size=1))
def test_who_acts_for_an_accused_unit_reads_nothing_either(agency: str, roles: set[Role]) -> None:
    lent = Principal(agency, "somebody", frozenset(roles), on_behalf_of=HOUSING)
    assert may(lent, Action.READ_CASE, CASE, DIRECTORY) == unknown_case()


@pytest.mark.parametrize(
    ("agency", "expected"),
    [(PROVINCE, ""), (CITY, ""), (COUNTY, ""), (STRANGER, "NO_SUCH_CASE"), ("nobody", "NO_SUCH_CASE")],
)
def test_a_supervisor_reads_the_cases_of_its_region(agency: str, expected: str) -> None:
    assert reason(officer(agency, "", Role.SUPERVISOR), Action.READ_CASE) == expected


def test_a_county_does_not_supervise_its_neighbour_or_its_city() -> None:
    supervisor = officer(COUNTY, "", Role.SUPERVISOR)
    for division in ("990102", "990100", "990000", ""):
        assert reason(supervisor, Action.READ_CASE, CaseFacts(division=division)) == "NO_SUCH_CASE"


OF_LETTERS = (Action.READ_LETTERS, Action.REDRIVE_LETTERS)


@pytest.mark.parametrize(
    "action", [action for action in Action if action not in (*OF_LETTERS, Action.READ_POLICY)]
)
def test_an_administrator_reads_no_case_and_no_personal_data(action: Action) -> None:
    assert reason(officer(CITY_OFFICE, "", Role.ADMINISTRATOR), action) in (
        "NO_SUCH_CASE",
        "ROLE_NOT_ALLOWED",
        "PETITIONERS_ONLY",
    )
    assert reason(officer(OFFICE, "", Role.ADMINISTRATOR), Action.READ_PERSONAL) == "NO_SUCH_CASE"


def test_personal_data_is_for_named_officers_of_parties() -> None:
    assert reason(officer(OFFICE), Action.READ_PERSONAL) == ""
    assert reason(officer(OFFICE, "", Role.HEAD), Action.READ_PERSONAL) == ""
    nameless = Principal(OFFICE, "", frozenset({Role.OFFICER}))
    system = officer(OFFICE, "system", Role.SYSTEM)
    supervisor, auditor = officer(CITY, "", Role.SUPERVISOR), officer(DISCIPLINE, "", Role.AUDITOR)
    for principal in (nameless, system, supervisor, auditor, SERVICE):
        assert reason(principal, Action.READ_CASE) == ""
        assert reason(principal, Action.READ_PERSONAL) == "PERSONAL_DATA_CLOSED"


def test_services_and_auditors_follow_whole_logs_and_nobody_else_does() -> None:
    for role in Role:
        allowed = reason(officer(OFFICE, "", role), Action.FOLLOW_LOG) == ""
        assert allowed == (role in (Role.SERVICE, Role.AUDITOR))


def test_who_reads_whole_logs_belongs_to_a_body_that_handles_no_cases() -> None:
    for agency in (*AGENCIES, "nobody"):
        refused = auditor_with_cases(officer(agency, "", Role.AUDITOR, Role.OFFICER), DIRECTORY)
        assert (refused.reason if refused else "") == (
            "" if agency == AUDIT_BODY else "AUDITOR_HANDLES_CASES"
        )
        assert auditor_with_cases(officer(agency), DIRECTORY) is None


def test_administrators_drive_letters_again_and_auditors_and_services_read_them() -> None:
    for role in Role:
        someone = officer(OFFICE, "", role)
        reads, drives = (reason(someone, action) == "" for action in OF_LETTERS)
        assert reads == (role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.SERVICE))
        assert drives == (role is Role.ADMINISTRATOR)


def test_everybody_who_reads_any_case_may_list_those() -> None:
    for role in Role:
        assert (reason(officer(OFFICE, "", role), Action.LIST_CASES) == "") == (
            role not in (Role.ADMINISTRATOR, Role.EXCHANGE)
        )


def test_a_scope_says_what_a_query_has_to_keep_to() -> None:
    own = frozenset({OFFICE, CONFERENCE, CENTRE})
    assert scope(officer(OFFICE), DIRECTORY) == Scope(OFFICE, own, as_party=True, as_superior=True)
    assert scope(officer(OFFICE, "", Role.SYSTEM), DIRECTORY) == Scope(OFFICE, own, as_party=True)
    city = scope(officer(CITY, "", Role.SUPERVISOR), DIRECTORY)
    assert city == Scope(CITY, frozenset({CITY}), division_line="9901")
    province = scope(officer(PROVINCE, "", Role.SUPERVISOR), DIRECTORY)
    assert province == Scope(PROVINCE, frozenset({PROVINCE}), division_line="99")
    assert scope(SERVICE, DIRECTORY) == Scope("judicial", frozenset({"judicial"}), all_cases=True)


OPEN = CaseFacts(
    frozenset({OFFICE}), division="990101", former=frozenset({LABOUR}), asked=frozenset({COUNTY})
)


def test_a_former_party_reads_a_case_as_it_was_and_not_as_it_is() -> None:
    assert reason(officer(LABOUR), Action.READ_AS_IT_WAS, OPEN) == ""
    for action in (Action.READ_CASE, Action.READ_PERSONAL):
        assert reason(officer(LABOUR), action, OPEN) == "NO_SUCH_CASE"
    assert reason(officer(HOUSING), Action.READ_AS_IT_WAS, OPEN) == "NO_SUCH_CASE"


def test_an_organ_that_is_asked_to_decide_reads_the_case_but_nothing_personal() -> None:
    assert reason(officer(COUNTY), Action.READ_CASE, OPEN) == ""
    assert reason(officer(COUNTY), Action.READ_PERSONAL, OPEN) == "PERSONAL_DATA_CLOSED"
    for other in (officer(CITY), officer(COUNTY, "system", Role.SYSTEM)):
        assert reason(other, Action.READ_CASE, OPEN) == "NO_SUCH_CASE"


def test_the_common_superior_is_asked_and_where_there_is_none_the_joint_conference_with_its_office() -> None:
    assert organs_asked({HOUSING, LABOUR}, DIRECTORY) == {COUNTY, CITY, PROVINCE}
    assert organs_asked((), DIRECTORY) == frozenset()
    assert organs_asked({HOUSING, COURT}, DIRECTORY) == {CONFERENCE, OFFICE}


RUN = Directory(
    [*DIRECTORY, Organisation("centre", "", "", OrganisationKind.CENTRE, "990101", operators=(OFFICE,))]
)


@pytest.mark.parametrize(("accused", "reader"), [(OFFICE, "centre"), ("centre", OFFICE), (OFFICE, OFFICE)])
def test_a_centre_and_who_runs_it_are_one_body_before_the_wall(accused: str, reader: str) -> None:
    facts = CaseFacts(frozenset({"centre", OFFICE}), frozenset({accused}), "990101")
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR):
        principal = officer(reader, "", role)
        assert may(principal, Action.READ_CASE, facts, RUN) == unknown_case()
    assert kept_out_by(RUN)({accused}) >= {reader}
    assert relation(reader, facts, RUN) is Relation.ACCUSED


@given(
    st.sampled_from(AGENCIES),
    st.sets(st.sampled_from(list(Role)), min_size=1),
    st.frozensets(st.sampled_from(AGENCIES)),
    st.frozensets(st.sampled_from(AGENCIES)),
    st.sampled_from(["990000", "990100", "990101", "990102"]),
)
def test_the_answer_on_one_case_and_the_scope_of_a_query_agree(
    agency: str, roles: set[Role], parties: frozenset[str], accused: frozenset[str], division: str
) -> None:
    principal, facts = Principal(agency, "x", frozenset(roles)), CaseFacts(parties, accused, division)
    allowed = may(principal, Action.READ_CASE, facts, DIRECTORY) is None
    assert allowed == scope(principal, DIRECTORY).admits(facts)
    assert not (allowed and agency in accused)
