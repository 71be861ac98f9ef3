"""Who receives the entries of a case, and who is kept from them."""

from collections.abc import Callable, Iterable

from huiyin_domain.access import kept_out_by
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.cases.summary import parties
from huiyin_domain.directory import Directory

Agencies = frozenset[str]
"""Organisation codes."""

Walls = Callable[[str, CaseView], Agencies]
"""The agencies that are kept from a case, by its id and view."""


def walls_of(directory: Directory) -> Walls:
    """The same for a case as it is seen."""
    kept_out = kept_out_by(directory)
    return lambda case_id, view: kept_out(view.accused)


def entitled_of(view: CaseView, walled: Agencies) -> Agencies:
    """Agencies that receive what happens in a case: those with a part in it that are not kept from it."""
    return frozenset(parties(view)) - walled


def recipients_of(entitled: Agencies, audience: Iterable[str], walled: Agencies) -> Agencies:
    """Agencies that receive one event of a case.

    What names no audience is nobody's but auditors' and services', such as who read personal data.
    """
    named = frozenset(audience)
    return (entitled | named) - walled if named else frozenset()
