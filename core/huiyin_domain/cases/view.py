"""The fold behind CaseService: a case over all logs, with its summary and its byte form."""

from huiyin_domain.cases import intake, other_logs
from huiyin_domain.cases.canonical import from_bytes, to_bytes
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.cases.summary import summary
from huiyin_domain.decider import Fact, UnfoldableError

__all__ = ["CaseView", "UnknownContextError", "evolve", "from_bytes", "initial", "summary", "to_bytes"]


class UnknownContextError(UnfoldableError):
    """A fact comes from a log that cases are not folded from. Always an error in wiring."""


def initial() -> CaseView:
    """A case of which nothing is known."""
    return CaseView()


def evolve(view: CaseView, fact: Fact) -> CaseView:
    """The view after a fact that concerns the case. Facts of one log come in that log's order."""
    first, second, third, fourth = view.intake, view.judicial, view.reception, view.supervision
    match fact.context:
        case "intake":
            first = intake.evolve(first, fact)
        case "judicial":
            second = other_logs.judicial(second, fact)
        case "reception":
            third = other_logs.reception(third, fact)
        case "supervision":
            fourth = other_logs.supervision(fourth, fact)
        case _:
            raise UnknownContextError(f"cases are not folded from the log {fact.log}")
    return CaseView(first, second, third, fourth, view.event_count + 1)
