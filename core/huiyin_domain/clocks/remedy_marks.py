"""From facts that start periods of other procedures to marks (domain rules, 2.2)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain.clocks.mark import Marks, mark
from huiyin_domain.clocks.procedure_rules import FACTS
from huiyin_domain.dates import parse_date, start_of_day
from huiyin_domain.decider import Fact


def recorded(fact: Fact, event: events.RemedyFactRecorded, earlier: Marks) -> Marks:
    """The period runs from the day of the fact, whenever it came on the record here; by other law."""
    milestone, day = FACTS.get(event.fact), parse_date(event.fact_date)
    if milestone is None or day is None:
        return ()
    found = mark(fact, milestone, start_of_day(day))
    return (found._replace(begins=start_of_day(day)),)
