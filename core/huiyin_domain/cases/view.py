"""The fold of the case view: a case over all logs, with its summary and its byte form."""

from collections.abc import Callable, Mapping
from typing import Any

from huiyin_domain.cases import intake, other_logs
from huiyin_domain.cases.canonical import from_bytes, to_bytes
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.cases.summary import summary
from huiyin_domain.decider import Fact, UnfoldableError

__all__ = [
    "CaseView",
    "UnknownContextError",
    "after",
    "evolve",
    "from_bytes",
    "initial",
    "summary",
    "to_bytes",
]


class UnknownContextError(UnfoldableError):
    """A fact comes from a log that cases are not folded from. Always an error in wiring."""


def initial() -> CaseView:
    """A case of which nothing is known."""
    return CaseView()


def evolve(view: CaseView, fact: Fact) -> CaseView:
    """The view after a fact that concerns the case. Facts of one log come in that log's order."""
    return view._replace(event_count=view.event_count + 1, **after(view, fact, intake.evolve))


def after(case: Any, fact: Fact, of_intake: Callable[[Any, Fact], Any]) -> dict[str, Any]:
    """The part of a case that a fact changes, by its name: that of the log."""
    rule = of_intake if fact.context == "intake" else _OTHER_LOGS.get(fact.context)
    if rule is None:
        raise UnknownContextError(f"cases are not folded from the log {fact.log}")
    return {fact.context: rule(getattr(case, fact.context), fact)}


_OTHER_LOGS: Mapping[str, Callable[[Any, Fact], Any]] = {
    "judicial": other_logs.judicial,
    "reception": other_logs.reception,
    "supervision": other_logs.supervision,
}
