"""Who is calling: an agency, known by its certificate, and the officer in it, known by a token."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a principal is there for. Rights follow from the role and the agency's part in the case."""

    OFFICER = "officer"  # registers, routes, accepts, answers for an agency
    HEAD = "head"  # 负责人: also approves extensions
    SUPERVISOR = "supervisor"  # 督查: sees clocks and issues orders
    AUDITOR = "auditor"  # reads every log and verifies it; changes nothing
    ADMINISTRATOR = "administrator"  # runs the platform; reads no personal data
    SYSTEM = "system"  # an agency's own system, without an officer
    SERVICE = "service"  # one of the platform's own services
    EXCHANGE = "exchange"  # brings what an agency's system published, and may do nothing else


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `agency` is an organisation code, or the service's name for a service."""

    agency: str
    officer: str
    roles: frozenset[Role]
    on_behalf_of: str = ""

    def has(self, *roles: Role) -> bool:
        """True when the principal has at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def acting_agency(self) -> str:
        """The agency whose act it is."""
        return self.on_behalf_of or self.agency
