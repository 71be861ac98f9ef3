"""Who sees which figures: those who may read the cases see them whole, others their own and a public sum."""

from dataclasses import dataclass

from huiyin_domain.access import Action, CaseFacts, Scope, may, scope
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory, line_of
from huiyin_domain.refusal import Refusal, forbidden


@dataclass(frozen=True, slots=True)
class View:
    """What a principal sees.

    `wide`: everything within `scope`, broken down as it likes (services, auditors, supervisors). Otherwise
    the figures of its own agency, and the sum over `public_line`, the division of the agency and those below,
    without small cells; an agency without a place has no such sum.
    """

    scope: Scope
    wide: bool
    public_line: str = ""


def view(principal: Principal, unit: str, directory: Directory) -> View | Refusal:
    """The view of a principal who asks for the figures of a unit, or of all when that is empty."""
    if refusal := may(principal, Action.LIST_CASES, CaseFacts(), directory):
        return refusal
    reach = scope(principal, directory)
    if reach.all_cases or reach.division_line:
        return View(reach, wide=True)
    if unit not in ("", reach.agency):
        message = f"figures of {unit} are for it, for supervisors of its region and for auditors"
        return forbidden("FIGURES_OF_ANOTHER_UNIT", message, unit=unit, agency=reach.agency)
    organisation = directory.get(reach.agency)
    return View(reach, wide=False, public_line=line_of(organisation.division) if organisation else "")
