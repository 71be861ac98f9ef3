"""From intake's events to marks: where a case ends without an opinion, and where it goes on after that."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks.mark import Marks, mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import parse_date
from huiyin_domain.decider import Fact


def agreement_reached(fact: Fact, event: events.AgreementReached, earlier: Marks) -> Marks:
    """It ends the handling; what is to be performed has a day of its own, what is not is to be closed."""
    due = parse_date(event.due_date)
    rest = mark(fact, Milestone.TO_PERFORM)._replace(due=due) if due else mark(fact, Milestone.PERFORMED)
    return mark(fact, Milestone.AGREED), rest


def withdrawal_confirmed(fact: Fact, event: events.WithdrawalConfirmed, earlier: Marks) -> Marks:
    """Who leaves a group's petition leaves nothing to close."""
    return (mark(fact, Milestone.WITHDRAWAL_CONFIRMED),) if event.whole_petition else ()


def continued(fact: Fact, event: events.PetitionContinued, earlier: Marks) -> Marks:
    """What was over is to be routed, or to be handled, again."""
    gone_on = mark(fact, Milestone.CONTINUED)
    if event.resumed_status == types.PETITION_STATUS_UNSPECIFIED:
        return (gone_on,)
    to_route = event.resumed_status == types.PETITION_STATUS_CLASSIFIED
    return gone_on, mark(fact, Milestone.RETURNED if to_route else Milestone.REOPENED)
