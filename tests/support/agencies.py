"""Agencies, officers and contexts for tests of coordination between them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from huiyin.common.v1.types_pb2 import Clear, Sealed, Secret
from huiyin.intake.v1.types_pb2 import Standing
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Code, CodeTable, CodeTables
from huiyin_domain.context import Context, Limits, Policy, Principal, Role
from huiyin_domain.directory import Directory, Organisation, OrganisationKind

BUREAU, HOUSING, LABOUR, LAND = "BUREAU", "HOUSING", "LABOUR", "LAND"
CENTRE, CITY, COURT, CITY_COURT, POLICE = "CENTRE", "CITY", "COURT", "CITY-COURT", "POLICE"
CONFERENCE, COUNTY, SCHOOLS, HEALTH = "CONFERENCE", "COUNTY", "SCHOOLS", "HEALTH"
"""The joint conference of the county, whose office is BUREAU; its government and two departments under it."""

_ORGANISATIONS = (
    Organisation(
        BUREAU, "甲县信访局", "Jia County Petition Bureau", OrganisationKind.PETITION_OFFICE, "990101", CITY
    ),
    Organisation(HOUSING, "甲县住建局", "Jia Housing Bureau", OrganisationKind.DEPARTMENT, "990101"),
    Organisation(LABOUR, "甲县人社局", "Jia Labour Bureau", OrganisationKind.DEPARTMENT, "990101"),
    Organisation(LAND, "甲县自然资源局", "Jia Land Bureau", OrganisationKind.DEPARTMENT, "990101"),
    Organisation(CENTRE, "甲县联合接访中心", "Jia Joint Centre", OrganisationKind.CENTRE, "990101", BUREAU),
    Organisation(CITY, "乙市信访局", "Yi City Petition Bureau", OrganisationKind.PETITION_OFFICE, "990100"),
    Organisation(COURT, "甲县人民法院", "Jia County Court", OrganisationKind.COURT, "990101", CITY_COURT),
    Organisation(CITY_COURT, "乙市中级人民法院", "Yi City Court", OrganisationKind.COURT, "990100"),
    Organisation(POLICE, "甲县公安局", "Jia County Police", OrganisationKind.POLICE, "990101"),
    Organisation(
        CONFERENCE, "甲县联席会议", "Jia Conference", OrganisationKind.CONFERENCE, "990101", office=BUREAU
    ),
    Organisation(COUNTY, "甲县人民政府", "Jia County Government", OrganisationKind.GOVERNMENT, "990101"),
    Organisation(SCHOOLS, "甲县教育局", "Jia Schools Bureau", OrganisationKind.DEPARTMENT, "990101", COUNTY),
    Organisation(HEALTH, "甲县卫健委", "Jia Health Bureau", OrganisationKind.DEPARTMENT, "990101", COUNTY),
)

DIRECTORY = Directory(_ORGANISATIONS, "test")

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def code_table(name: str, **codes: tuple[str, str]) -> CodeTable:
    """A small code table of our own making."""
    return CodeTable(name, "test", "test", {code: Code(code, *names) for code, names in codes.items()})


CODES = CodeTables(
    channels=code_table("channel", letter=("来信", "letter"), visit=("来访", "visit")),
    purposes=code_table("purpose"),
    content_classes=code_table("content_class", c1=("城乡建设", "")),
    divisions=code_table("division", **{"990101": ("甲县", "Jia County")}),
    sources=code_table("source"),
)

POLICY = Policy(DIRECTORY, CODES, Timetable(), Limits())


def identifier(number: int) -> str:
    """A UUID, the same for the same number."""
    return str(UUID(int=number))


def officer(agency: str, *roles: Role) -> Principal:
    """An officer of an agency."""
    return Principal(agency, f"officer-of-{agency}", frozenset(roles or {Role.OFFICER}))


SERVICE = Principal("reception", "", frozenset({Role.SERVICE}))


def context(
    principal: Principal,
    new_ids: Sequence[str] = (),
    now: datetime = NOW,
    occurred: datetime | None = None,
    policy: Policy = POLICY,
    standings: Sequence[Standing] = (),
) -> Context:
    """What a decision may know."""
    ids = tuple(new_ids) or tuple(identifier(number) for number in range(9001, 9005))
    known = {standing.case_id: standing for standing in standings}
    return Context(now, occurred or now, principal, ids, policy, standings=known)


def secret(mark: str = "x") -> Secret:
    """A sealed text; another mark gives another one."""
    return Secret(sealed=sealed(mark))


def sealed(mark: str = "x") -> Sealed:
    """A sealed text; another mark gives another one."""
    return Sealed(key_id=identifier(1), nonce=b"n", ciphertext=mark.encode(), purpose="content")


def unsealed(text: str) -> Secret:
    """A text that the edge failed to seal."""
    return Secret(clear=Clear(text=text))
