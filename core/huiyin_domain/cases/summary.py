"""A case at a glance, as CaseService answers it: the parts of its view put together."""

from datetime import date

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.cases.v1.service_pb2 import CaseSummary
from huiyin.intake.v1.types_pb2 import PetitionStatus, RegistrationDoubt
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.dates import instant_at, stamp


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
