"""The officers that development starts with: some of every agency, and those who watch over the platform."""

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
    """An officer and a head of each agency; supervisor, auditor and administrator of the highest office."""
    made = [
        Officer(f"{role}@{unit.code}", f"{role}-01", unit.code, frozenset(roles))
        for unit in organisations
        for role, roles in _AGENCY_OFFICERS.items()
    ]
    if organisations:
        host = _highest_petition_office(organisations)
        made += [
            Officer(role, f"{role}-01", host, frozenset(roles)) for role, roles in _PLATFORM_OFFICERS.items()
        ]
    return made


def _highest_petition_office(organisations: tuple[Organisation, ...]) -> str:
    """Where those who watch over the platform sit; any agency in a directory without such an office."""
    offices = [unit for unit in organisations if unit.kind is OrganisationKind.PETITION_OFFICE]
    return min(
        offices or organisations, key=lambda unit: (bool(unit.superior), unit.division, unit.code)
    ).code
