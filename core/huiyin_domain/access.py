"""Who may see what of a case: one pure answer over role, region, part in the case and the accused's wall."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from huiyin_domain.directory import Directory, line_of
from huiyin_domain.principal import Principal, Role
from huiyin_domain.refusal import Refusal, forbidden, missing

ART_30 = "Regulations of 2022, Art. 30(3)"


class Action(StrEnum):
    """What somebody wants to see or do. The last ones are not about one case."""

    READ_CASE = "read_case"
    READ_PERSONAL = "read_personal"
    LIST_CASES = "list_cases"
    FOLLOW_LOG = "follow_log"
    READ_LETTERS = "read_letters"
    REDRIVE_LETTERS = "redrive_letters"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the answer depends on: who has a part in the case, who is accused in it, and where it belongs."""

    parties: AbstractSet[str] = frozenset()
    accused_units: AbstractSet[str] = frozenset()
    division: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases that a principal may read, in a form that a query can apply.

    `all_cases`: every one. Otherwise those in which `agency` is a party and, when `division_line` is not
    empty, those whose division begins with it. Never one in which `agency` is accused, whatever the role.
    """

    agency: str
    all_cases: bool = False
    as_party: bool = False
    division_line: str = ""

    def admits(self, facts: CaseFacts) -> bool:
        """Whether a case is within it."""
        if self.agency in facts.accused_units:
            return False
        if self.all_cases or (self.as_party and self.agency in facts.parties):
            return True
        return bool(self.division_line) and facts.division.startswith(self.division_line)


def scope(principal: Principal, directory: Directory) -> Scope:
    """What a principal may read: services and auditors all, supervisors their region, others their own."""
    return Scope(
        agency=principal.acting_agency,
        all_cases=principal.has(Role.SERVICE, Role.AUDITOR),
        as_party=principal.has(Role.OFFICER, Role.HEAD, Role.SYSTEM),
        division_line=_division_line(principal, directory) if principal.has(Role.SUPERVISOR) else "",
    )


def may(principal: Principal, action: Action, facts: CaseFacts, directory: Directory) -> Refusal | None:
    """None when the principal may; otherwise why not. Facts are looked at for actions on one case only."""
    match action:
        case Action.READ_CASE:
            return _outside(principal, facts, directory)
        case Action.READ_PERSONAL:
            return _outside(principal, facts, directory) or _not_handling(principal, facts)
        case Action.LIST_CASES:
            sees_any = scope(principal, directory) != Scope(principal.acting_agency)
            return None if sees_any else _role_refused(principal, "list cases")
        case Action.FOLLOW_LOG:
            reads_logs = principal.has(Role.SERVICE, Role.AUDITOR)
            return None if reads_logs else _role_refused(principal, "follow whole logs")
        case Action.READ_LETTERS:
            reads = principal.has(Role.ADMINISTRATOR, Role.AUDITOR, Role.SERVICE)
            return None if reads else _role_refused(principal, "look at dead letters")
        case Action.REDRIVE_LETTERS:
            drives = principal.has(Role.ADMINISTRATOR)
            return None if drives else _role_refused(principal, "drive dead letters again")


def unknown_case() -> Refusal:
    """Word for word the same for a case that is not there and for one behind the wall (Art. 30(3))."""
    return missing("NO_SUCH_CASE", "there is no such case here: check its number or id")


def accused_unit(unit: str) -> Refusal:
    """The unit is accused in the matter, or is a centre run by one that is: it learns nothing of it."""
    message = f"{unit} is accused in this matter, or run by who is, and may learn nothing of it: name another"
    return forbidden("ACCUSED_UNIT", message, ART_30, unit=unit)


def not_a_party(agency: str) -> Refusal:
    """The caller's agency has no part in the case."""
    message = f"{agency} has no part in this case: only agencies that have one may see it or act on it"
    return forbidden("NOT_A_PARTY", message, agency=agency)


def auditor_with_cases(principal: Principal, directory: Directory) -> Refusal | None:
    """A refusal for auditors of an agency that cases can be given to: they would read what is kept from it.

    Whoever follows whole logs sees every accusation, so no agency that may be accused for how it handles
    cases has such officers (Art. 30(3)). Asked of every call, whatever other roles the token carries.
    """
    agency = principal.agency
    if not principal.has(Role.AUDITOR) or (agency in directory and not directory.handles_cases(agency)):
        return None
    message = (
        f"{agency} has an auditor, who reads whole logs, but is no audit body: leave the role out of "
        "the token, or name officers of an organisation of kind audit"
    )
    return forbidden("AUDITOR_HANDLES_CASES", message, ART_30, agency=agency)


def _outside(principal: Principal, facts: CaseFacts, directory: Directory) -> Refusal | None:
    if scope(principal, directory).admits(facts):
        return None
    if principal.acting_agency in facts.accused_units:
        return unknown_case()
    return not_a_party(principal.acting_agency)


def _not_handling(principal: Principal, facts: CaseFacts) -> Refusal | None:
    """Personal data is for named officers of agencies with a part in the case (least scope, PIPL Art. 6)."""
    named = bool(principal.officer) and principal.has(Role.OFFICER, Role.HEAD)
    if named and principal.acting_agency in facts.parties:
        return None
    message = "personal data is opened only to named officers of agencies with a part in the case"
    return forbidden("PERSONAL_DATA_CLOSED", message, "Personal Information Protection Law, Art. 6")


def _role_refused(principal: Principal, deed: str) -> Refusal:
    roles = ",".join(sorted(principal.roles))
    return forbidden("ROLE_NOT_ALLOWED", f"the caller's roles do not {deed}", roles=roles)


def _division_line(principal: Principal, directory: Directory) -> str:
    """The region of an agency. One without a place has none."""
    organisation = directory.get(principal.acting_agency)
    return line_of(organisation.division) if organisation else ""
