"""The officers that development starts with: some of every agency, and those who watch over the platform."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from huiyin_domain.directory import Organisation, OrganisationKind
from huiyin_domain.principal import Role

_AGENCY_OFFICERS = {"officer": {Role.OFFICER}, "head": {Role.HEAD, Role.OFFICER}}
_PLATFORM_OFFICERS = {
    "supervisor": {Role.SUPERVISOR},
    "auditor": {Role.AUDITOR},
    "administrator": {Role.ADMINISTRATOR},
}


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer to be made: profile name, identifier within the agency, agency and roles."""

    profile: str
    officer: str
    agency: str
    roles: frozenset[Role]


def development_officers(organisations: tuple[Organisation, ...]) -> list[Officer]:
    """An officer and a head of each agency, and those who watch over the platform.

    Supervisor and administrator belong to the highest petition office. The auditor, who reads whole logs,
    belongs to a body that handles no cases; a directory without one gets no auditor (Art. 30(3)).
    """
    made = [
        Officer(f"{role}@{unit.code}", f"{role}-01", unit.code, frozenset(roles))
        for unit in organisations
        for role, roles in _AGENCY_OFFICERS.items()
    ]
    for role, roles in _PLATFORM_OFFICERS.items():
        if host := _host(roles, organisations):
            made.append(Officer(role, f"{role}-01", host, frozenset(roles)))
    return made


def _host(roles: AbstractSet[Role], organisations: tuple[Organisation, ...]) -> str:
    """To which agency an officer with these roles belongs; empty when none may have one."""
    if Role.AUDITOR in roles:
        return _highest(OrganisationKind.AUDIT, organisations)
    first = organisations[0].code if organisations else ""
    return _highest(OrganisationKind.PETITION_OFFICE, organisations) or first


def _highest(kind: OrganisationKind, organisations: tuple[Organisation, ...]) -> str:
    """The highest agency of a kind; empty when there is none."""
    units = [unit for unit in organisations if unit.kind is kind]
    highest = min(units, key=lambda unit: (bool(unit.superior), unit.division, unit.code), default=None)
    return highest.code if highest else ""
