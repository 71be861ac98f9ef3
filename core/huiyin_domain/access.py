"""Who may see what of a case: one pure answer over role, region, part in the case and the accused's wall.

| relation to the case | sees |
|---|---|
| party: has a part now | the case |
| former party: its part ended | the case as it was when its part ended, nothing later |
| superior: a question between units below it is open | the case, while the question is open |
| supervisor, by role, of the place | the case |
| accused, or one body with who is | nothing (Art. 30(3)) |
| stranger | nothing |

"No such case", "a case behind the wall" and "a case of others" are one answer, word for word.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

from huiyin.intake.v1.types_pb2 import Standing
from huiyin_domain.context import Principal, Role
from huiyin_domain.directory import Directory, OrganisationKind, line_of
from huiyin_domain.refusal import Refusal, forbidden, missing

PETITIONERS_WAY = "console"
"""The service through which petitioners come with number and code, and from which they are told things."""
ART_30 = "Regulations of 2022, Art. 30(3)"

KeptOut = Callable[[Iterable[str]], frozenset[str]]
"""The agencies that are kept from a case, by the units that are accused in it."""


class Action(StrEnum):
    """What somebody wants to see or do. The last ones are not about one case."""

    READ_CASE = "read_case"
    READ_AS_IT_WAS = "read_as_it_was"
    SUPERVISE_CASE = "supervise_case"
    READ_PERSONAL = "read_personal"
    LIST_CASES = "list_cases"
    READ_STANDINGS = "read_standings"
    FOLLOW_LOG = "follow_log"
    READ_LETTERS = "read_letters"
    READ_POLICY = "read_policy"
    READ_LETTER_CONTENT = "read_letter_content"
    REDRIVE_LETTERS = "redrive_letters"
    SERVE_PETITIONERS = "serve_petitioners"


class Relation(StrEnum):
    """How an agency stands to a case, the wall before everything else."""

    ACCUSED = "accused"
    PARTY = "party"
    SUPERIOR = "superior"
    FORMER_PARTY = "former_party"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the answer depends on: who has a part in the case, who had one, who is accused, where it belongs.

    `asked` are the organs before which a question of this case is open now (`organs_asked`).
    """

    parties: AbstractSet[str] = frozenset()
    accused_units: AbstractSet[str] = frozenset()
    division: str = ""
    former: AbstractSet[str] = frozenset()
    asked: AbstractSet[str] = frozenset()


def facts_of(standing: Standing) -> CaseFacts:
    """The facts, as intake tells them to another service."""
    return CaseFacts(
        parties=frozenset(standing.parties),
        accused_units=frozenset(standing.accused_units),
        division=standing.division,
        former=frozenset(standing.former_parties),
        asked=frozenset(standing.asked),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases that a principal may read, in a form that a query can apply.

    `all_cases`: every one. Otherwise those in which `agency` is a party (`as_party`) or is asked to decide
    (`as_superior`), and those whose division begins with a `division_line` that is not empty. Never one in
    which one of `closed_by` is accused, whatever the role: the agency, the centres it runs, who runs it.
    """

    agency: str
    closed_by: frozenset[str]
    all_cases: bool = False
    as_party: bool = False
    as_superior: bool = False
    division_line: str = ""

    def admits(self, facts: CaseFacts) -> bool:
        """Whether a case, as it is now, is within it."""
        return not self.walled(facts) and (
            self.all_cases
            or (self.as_party and self.agency in facts.parties)
            or (self.as_superior and self.agency in facts.asked)
            or bool(self.division_line and facts.division.startswith(self.division_line))
        )

    def remembers(self, facts: CaseFacts) -> bool:
        """Whether a case, as it was when the agency's part in it ended, is within it."""
        return not self.walled(facts) and self.as_party and self.agency in facts.former

    def walled(self, facts: CaseFacts) -> bool:
        """Whether the accused's wall keeps the principal from it."""
        return not self.closed_by.isdisjoint(facts.accused_units)

    @property
    def empty(self) -> bool:
        """True when no case can be within it."""
        return not (self.all_cases or self.as_party or self.division_line)


def scope(principal: Principal, directory: Directory) -> Scope:
    """What a principal may read: services and auditors all, supervisors their region, others their own."""
    agency = principal.acting_agency
    return Scope(
        agency=agency,
        closed_by=directory.one_body(agency) | directory.one_body(principal.agency),
        all_cases=principal.has(Role.SERVICE, Role.AUDITOR),
        as_party=principal.has(Role.OFFICER, Role.HEAD, Role.SYSTEM),
        as_superior=principal.has(Role.OFFICER, Role.HEAD),
        division_line=_division_line(principal, directory) if principal.has(Role.SUPERVISOR) else "",
    )


def relation(agency: str, facts: CaseFacts, directory: Directory) -> Relation:
    """How an agency stands to a case."""
    if not directory.one_body(agency).isdisjoint(facts.accused_units):
        return Relation.ACCUSED
    if agency in facts.parties:
        return Relation.PARTY
    if agency in facts.asked:
        return Relation.SUPERIOR
    return Relation.FORMER_PARTY if agency in facts.former else Relation.STRANGER


def may(principal: Principal, action: Action, facts: CaseFacts, directory: Directory) -> Refusal | None:
    """None when the principal may; otherwise why not. Facts are looked at for actions on one case only."""
    match action:
        case Action.READ_CASE:
            return None if scope(principal, directory).admits(facts) else unknown_case()
        case Action.READ_AS_IT_WAS:
            return None if scope(principal, directory).remembers(facts) else unknown_case()
        case Action.SUPERVISE_CASE:
            as_supervisor = replace(principal, roles=principal.roles & {Role.SUPERVISOR})
            return may(as_supervisor, Action.READ_CASE, facts, directory)
        case Action.READ_PERSONAL:
            return may(principal, Action.READ_CASE, facts, directory) or _not_handling(principal, facts)
        case Action.LIST_CASES:
            return _role_refused(principal, "list cases") if scope(principal, directory).empty else None
        case Action.SERVE_PETITIONERS:
            own_way = principal.has(Role.SERVICE) and principal.agency == PETITIONERS_WAY
            return None if own_way else _petitioners_only()
        case _:
            roles, deed = _BY_ROLE[action]
            return None if principal.has(*roles) else _role_refused(principal, deed)


_BY_ROLE: Mapping[Action, tuple[tuple[Role, ...], str]] = {
    Action.READ_STANDINGS: ((Role.SERVICE,), "read who stands how to cases"),
    Action.FOLLOW_LOG: ((Role.SERVICE, Role.AUDITOR), "follow whole logs"),
    Action.READ_POLICY: (
        (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR, Role.SERVICE),
        "look at what policy did",
    ),
    Action.READ_LETTERS: ((Role.ADMINISTRATOR, Role.AUDITOR, Role.SERVICE), "look at dead letters"),
    Action.READ_LETTER_CONTENT: ((Role.AUDITOR, Role.SERVICE), "look into dead letters"),
    Action.REDRIVE_LETTERS: ((Role.ADMINISTRATOR,), "drive dead letters again"),
}
"""Actions that are not about one case: who may, and what the others are told they do not do."""


def receives(
    principal: Principal, audience: Iterable[str], cases: Iterable[CaseFacts], directory: Directory
) -> bool:
    """Whether an event goes to a principal: it was for its agency, and no case of it is closed to it now."""
    reach = scope(principal, directory)
    return reach.as_party and reach.agency in audience and not any(map(reach.walled, cases))


def kept_out_by(directory: Directory) -> KeptOut:
    """Accused units, the centres that they run, and who runs an accused centre (Art. 30(3))."""

    def kept_out(accused_units: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*(directory.one_body(unit) for unit in accused_units))

    return kept_out


def organs_asked(disputed: Iterable[str], directory: Directory) -> frozenset[str]:
    """Who is asked when the competence of these units is in dispute (Art. 24): their common superiors.

    Where there is none, the joint conference of their area, and the office that does its work.
    """
    organs = directory.deciders_between(sorted(set(disputed)))
    offices = {unit.office for unit in map(directory.get, organs) if unit}
    return frozenset({*organs, *offices} - {""})


def unknown_case() -> Refusal:
    """Word for word the same for a case that is not there, behind the wall (Art. 30(3)), or of others."""
    return missing("NO_SUCH_CASE", "there is no such case here: check its number or id")


def not_a_party(agency: str) -> Refusal:
    """For who may read the case, as supervisor or organ asked, and wants to act on it as well."""
    message = f"{agency} has no part in this case: it may read it, and act on it only by orders and decisions"
    return forbidden("NOT_A_PARTY", message, agency=agency)


def no_such(what: str) -> Refusal:
    """The same for a meeting, order, referral or visit that is not there and for one of others."""
    return missing(f"NO_SUCH_{what.upper()}", f"there is no {what} with this id: check {what}_id")


def accused_unit(unit: str) -> Refusal:
    """The unit is accused in the matter, or is a centre run by one that is: it learns nothing of it."""
    message = f"{unit} is accused in this matter, or run by who is, and may learn nothing of it: name another"
    return forbidden("ACCUSED_UNIT", message, ART_30, unit=unit)


def auditor_with_cases(principal: Principal, directory: Directory) -> Refusal | None:
    """A refusal for auditors of an agency that cases can be given to: they would read what is kept from it.

    Whoever follows whole logs sees every accusation, so no agency that may be accused for how it handles
    cases has such officers (Art. 30(3)). Asked of every call, whatever other roles the token carries.
    """
    agency = principal.agency
    if not principal.has(Role.AUDITOR) or directory.is_kind(agency, OrganisationKind.AUDIT):
        return None
    message = (
        f"{agency} has an auditor, who reads whole logs, but is no audit body: leave the role out of "
        "the token, or name officers of an organisation of kind audit"
    )
    return forbidden("AUDITOR_HANDLES_CASES", message, ART_30, agency=agency)


def _not_handling(principal: Principal, facts: CaseFacts) -> Refusal | None:
    """Personal data is for named officers of agencies with a part in the case (least scope, PIPL Art. 6)."""
    named = bool(principal.officer) and principal.has(Role.OFFICER, Role.HEAD)
    if named and principal.acting_agency in facts.parties:
        return None
    message = "personal data is opened only to named officers of agencies with a part in the case"
    return forbidden("PERSONAL_DATA_CLOSED", message, "Personal Information Protection Law, Art. 6")


def _petitioners_only() -> Refusal:
    """Whoever asks on an agency's connection may be the one who registered, and so know the code."""
    message = "number and code are for the petitioners' own way in, never for an agency's connection"
    return forbidden("PETITIONERS_ONLY", message, "Regulations of 2022, Art. 21(2)")


def _role_refused(principal: Principal, deed: str) -> Refusal:
    roles = ",".join(sorted(principal.roles))
    return forbidden("ROLE_NOT_ALLOWED", f"the caller's roles do not {deed}", roles=roles)


def _division_line(principal: Principal, directory: Directory) -> str:
    """The region of an agency. One without a place has none."""
    organisation = directory.get(principal.acting_agency)
    return line_of(organisation.division) if organisation else ""
