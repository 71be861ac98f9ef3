"""The fold of the case view: a case over all logs, its summary as CaseService answers it, and its bytes."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.cases.v1.service_pb2 import CaseSummary
from huiyin.intake.v1.types_pb2 import PetitionStatus, RegistrationDoubt
from huiyin_domain.cases import intake, other_logs
from huiyin_domain.cases.canonical import from_bytes, to_bytes
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.dates import instant_at, stamp
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


def summary(view: CaseView, due: Clock | None = None) -> CaseSummary:
    """The summary of a case; the next date is that of the clock which is due next."""
    intake = view.intake
    return CaseSummary(
        case_id=intake.filing.case_id,
        display_number=intake.filing.display_number,
        status=PetitionStatus.Name(intake.status).removeprefix("PETITION_STATUS_"),
        track=intake.track,
        responsible_unit=intake.responsible_unit,
        epoch=intake.epoch,
        channel=intake.filing.channel,
        division=intake.filing.division,
        content_class=intake.content_class,
        received_time=_stamp(intake.filing.received),
        next_due_date=_day(due.rolled_due or due.raw_due) if due else "",
        next_due_rule=due.rule if due else "",
        next_due_provisional=due.provisional if due else False,
        next_due_not_before=_day(due.not_before) if due else "",
        linked_case_ids=intake.linked_case_ids,
        passed_clock_count=len(view.supervision.passed_clocks),
        event_count=view.event_count,
        parties=parties(view),
        doubts=list(map(_doubt, intake.doubts)),
    )


def parties(view: CaseView) -> list[str]:
    """Agencies with a part in the case now, by any log; never an accused unit (Art. 30(3))."""
    return sorted(view.parties - {*view.intake.accused_units})


def _doubt(number: int) -> str:
    """Its name; the number itself for one that a later version knows."""
    known = RegistrationDoubt.DESCRIPTOR.values_by_number.get(number)
    return known.name.removeprefix("REGISTRATION_DOUBT_") if known else str(number)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _stamp(microseconds: int) -> Timestamp | None:
    return stamp(instant_at(microseconds)) if microseconds else None
