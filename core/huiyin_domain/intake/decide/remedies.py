"""A fact from which a period of another procedure runs, as the officer learns it (domain rules, 2.2)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.service_pb2 import RecordRemedyFactRequest
from huiyin.intake.v1.types_pb2 import RemedyFact
from huiyin_domain.calendar.explain import YEAR_MIN
from huiyin_domain.checks import sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, parse_date
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import not_given
from huiyin_domain.intake.office import by_holder_or_office
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid


def record_fact(state: Petition, command: RecordRemedyFactRequest, context: Context) -> Decision:
    """By the responsible unit or the registering office, at any point; of one kind the last record counts.

    It decides nothing about the petition: it shows the petitioner a date of other law that could be missed.
    """
    refusal = (
        by_holder_or_office(state, command, context)
        or not_given(RemedyFact.DESCRIPTOR, command.fact, "fact")
        or _day_fault(command, context)
    )
    if refusal or (command.fact, command.fact_date) in state.remedy_facts:
        return refusal or ()
    evidence = sealed_of(command.evidence)
    return (events.RemedyFactRecorded(fact=command.fact, fact_date=command.fact_date, evidence=evidence),)


def _day_fault(command: RecordRemedyFactRequest, context: Context) -> Refusal | None:
    day = parse_date(command.fact_date)
    if day is None:
        message = "fact_date is no day: give it as YYYY-MM-DD"
        return invalid("MALFORMED_DATE", message, field="fact_date")
    if day > local_date(context.now) or day.year < YEAR_MIN:
        message = f"fact_date {day.isoformat()} lies in the future or before {YEAR_MIN}: give the day it was"
        return invalid("FACT_DATE_OUT_OF_RANGE", message, field="fact_date", year_min=str(YEAR_MIN))
    return None
