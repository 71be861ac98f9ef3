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
    """An officer and a head of each agency, and those who watch over the platform.

    Supervisor and administrator belong to the highest petition office; the auditor, who reads whole logs,
    to a body that handles no cases, where the directory has one.
    """
    made = [
        Officer(f"{role}@{unit.code}", f"{role}-01", unit.code, frozenset(roles))
        for unit in organisations
        for role, roles in _AGENCY_OFFICERS.items()
    ]
    if organisations:
        host = _highest(OrganisationKind.PETITION_OFFICE, organisations) or organisations[0].code
        hosts = {"auditor": _highest(OrganisationKind.AUDIT, organisations) or host}
        made += [
            Officer(role, f"{role}-01", hosts.get(role, host), frozenset(roles))
            for role, roles in _PLATFORM_OFFICERS.items()
        ]
    return made


def _highest(kind: OrganisationKind, organisations: tuple[Organisation, ...]) -> str:
    """The highest agency of a kind; empty when there is none."""
    units = [unit for unit in organisations if unit.kind is kind]
    highest = min(units, key=lambda unit: (bool(unit.superior), unit.division, unit.code), default=None)
    return highest.code if highest else ""
