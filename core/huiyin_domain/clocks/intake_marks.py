"""From intake's events to marks: how a petition is received, routed, accepted and closed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from huiyin.common.v1.types_pb2 import ENTRY_KIND_IMPORTED
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.authority import GIVES_TASK, ON_TASKS
from huiyin_domain.clocks import other_marks
from huiyin_domain.clocks.mark import Keys, Mark, Marks, last, mark, told
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.other_marks import parties_of_referral
from huiyin_domain.dates import parse_date
from huiyin_domain.decider import Fact

_DECIDED = (types.MOVE_BASIS_SUPERIOR_DECISION, types.MOVE_BASIS_RESOLUTION)
_OF_CLASS = {
    types.PETITION_CLASS_ACCUSATION: Matter.ACCUSATION,
    types.PETITION_CLASS_LITIGATION: Matter.LITIGATION,
    types.PETITION_CLASS_SUGGESTION: Matter.SUGGESTION,
}
_OF_ROUTE = {
    types.ROUTE_JUDICIAL: Matter.LITIGATION,
    types.ROUTE_ARBITRATION: Matter.ARBITRATION,
    types.ROUTE_PARTY: Matter.PARTY,
    types.ROUTE_ADMINISTRATIVE_PROCEDURE: Matter.ADMINISTRATIVE,
    types.ROUTE_DUTY_TO_ACT: Matter.DUTY_TO_ACT,
    types.ROUTE_PETITION: Matter.PETITION,
}
_HANDLING = Milestone.HANDLING_BEGUN
_HANDLING_ENDS = (
    Milestone.OPINION_ISSUED,
    Milestone.CLOSED,
    Milestone.DECLINED,
    Milestone.LED_IN,
    Milestone.JUDICIAL_TAKEN,
)
_HANDOVER_ENDS = (
    Milestone.OBJECTION_UPHELD,
    Milestone.RECALLED,
    Milestone.ACCEPTED,
    Milestone.REASSIGNED,
    Milestone.CONFIRMED,
)
_NO_HANDOVER: Keys = (("handover", ""),)
"""Received otherwise: an objection to a hand-over does not touch what began so."""
_IN_HAND = (Milestone.ACCEPTED, Milestone.ASSIGNED)
_OUT = (Milestone.DECLINED, Milestone.LED_IN)
_COURSE = (*_OUT, Milestone.RETURNED, *_IN_HAND)
_ANSWERED = (Milestone.OPINION_ISSUED, Milestone.CLOSED)


def registered(fact: Fact, event: events.PetitionRegistered, earlier: Marks) -> Marks:
    """A part split off was received with its origin: only its routing is still to be done.

    So it is with history, from its import on: what ended before that is nobody's lateness. Who received it
    directly takes it up or routes it; an office has its own time for that.
    """
    received = told(event, "received_time")
    if event.origin_case_id:
        begun = mark(fact, Milestone.SPLIT_OFF)
    elif event.petition_office:
        begun = mark(fact, Milestone.RECEIVED_BY_OFFICE, received)
    else:
        begun = mark(fact, Milestone.RECEIVED_DIRECTLY, received, _NO_HANDOVER)
    unit, division = event.unit, event.division
    begun = begun._replace(unit=unit, holder=unit, anonymous=event.anonymous, division=division)
    if fact.entry == ENTRY_KIND_IMPORTED:
        return begun, mark(fact, Milestone.IMPORTED, fact.recorded)._replace(unit=event.unit)
    direct = begun.milestone is Milestone.RECEIVED_DIRECTLY
    return (begun, _in_hands(fact, event.unit, received)) if direct else (begun,)


def _in_hands(fact: Fact, unit: str, time: datetime | None = None) -> Mark:
    """The unit has it, and has to take it up or route it, whichever way it came."""
    return mark(fact, Milestone.IN_HANDS, time)._replace(unit=unit)


def corrected(fact: Fact, event: events.RegistrationCorrected, earlier: Marks) -> Marks:
    """Another day of receipt, for what runs from it; another place; an address for duties that need one."""
    found: list[Mark] = []
    if "received_time" in event.fields:
        found.append(mark(fact, Milestone.RECEIPT_CORRECTED, told(event, "received_time")))
    if "division" in event.fields:
        found.append(mark(fact, Milestone.PLACE_CORRECTED)._replace(division=event.division))
    if "anonymous" in event.fields:
        found.append(mark(fact, Milestone.ADDRESS_UNCLEAR if event.anonymous else Milestone.ADDRESS_CLEAR))
    return tuple(found)


def classified(fact: Fact, event: events.PetitionClassified, earlier: Marks) -> Marks:
    """Classifying a case that was not accepted, or led away, takes it up again: it has to be routed anew.

    So has one that was in hand and turns out to be an accusation.
    """
    found = mark(fact, Milestone.CLASSIFIED)._replace(matter=_matter(event))
    course, before = last(earlier, *_COURSE), last(earlier, Milestone.CLASSIFIED)
    out = course is not None and course.milestone in _OUT
    in_hand = course is not None and course.milestone in _IN_HAND
    turned = in_hand and event.petition_class == types.PETITION_CLASS_ACCUSATION
    reopened = out or (turned and before is not None and before.matter is not Matter.ACCUSATION)
    routed_anew = (mark(fact, Milestone.RETURNED),) if reopened else ()
    lost = (lost for unit in event.accused_units for lost in _lost(fact, unit))
    return found, *routed_anew, *lost


def _lost(fact: Fact, unit: str) -> Iterator[Mark]:
    """Who is accused may not call, open, sign or bind any more: it cannot be late with it (Art. 30(3))."""
    yield mark(fact, Milestone.SEAT_LOST, keys=(("convener", unit), ("speaker", unit)))
    yield from other_marks.referrals_of_accused(fact, unit)


def _matter(event: events.PetitionClassified) -> Matter:
    """By class; a claim's by its route (Arts. 29 to 31)."""
    of_class = _OF_CLASS.get(event.petition_class)
    return of_class or _OF_ROUTE.get(event.route, Matter.PROCEDURE)


def handed_over(fact: Fact, event: events.PetitionHandedOver, earlier: Marks) -> Marks:
    """A referral names its own last day beside the periods of every hand-over."""
    keys: Keys = (("handover", event.handover_id), ("unit", event.to_unit))
    sent = mark(fact, Milestone.HANDED_OVER, told(event, "handed_over_time"), keys)
    sent = sent._replace(unit=event.to_unit, handling=_handling(earlier))
    due = parse_date(event.due_date)
    if due is None:
        return (sent,)
    keys = (*keys, *parties_of_referral(event.from_unit, event.to_unit))
    return sent, sent._replace(milestone=Milestone.REFERRED, due=due, keys=keys)


def objected(fact: Fact, event: events.HandoverObjected, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.OBJECTED, keys=(("handover", event.handover_id),)),)


def objection_upheld(fact: Fact, event: events.ObjectionUpheld, earlier: Marks) -> Marks:
    upheld = mark(fact, Milestone.OBJECTION_UPHELD, keys=(("handover", event.handover_id),))
    return upheld, mark(fact, Milestone.RETURNED)._replace(unit=fact.agency)


def objection_refused(fact: Fact, event: events.ObjectionRefused, earlier: Marks) -> Marks:
    """The hand-over stands: the unit it was sent to has to take it now."""
    keys = (("handover", event.handover_id),)
    sent = [one for one in earlier if one.milestone is Milestone.HANDED_OVER and one.keys[:1] == keys]
    unit = sent[-1].unit if sent else ""
    return (mark(fact, Milestone.OBJECTION_REFUSED, keys=keys)._replace(unit=unit),)


def recalled(fact: Fact, event: events.HandoverRecalled, earlier: Marks) -> Marks:
    taken_back = mark(fact, Milestone.RECALLED, keys=(("handover", event.handover_id),))
    return taken_back, mark(fact, Milestone.RETURNED)


def handover_ordered(fact: Fact, event: events.HandoverOrdered, earlier: Marks) -> Marks:
    ordered = mark(fact, Milestone.HANDOVER_ORDERED, keys=(("handover", event.handover_id),))
    return (ordered._replace(unit=event.unit, due=parse_date(event.due_date)),)


def receipt_proved(fact: Fact, event: events.HandoverReceiptProved, earlier: Marks) -> Marks:
    """Where the periods of the receiving unit begin instead."""
    keys = (("handover", event.handover_id),)
    return (mark(fact, Milestone.HANDOVER_RECEIPT_PROVED, told(event, "received_time"), keys),)


def receipt_notified(fact: Fact, event: events.ReceiptNotified, earlier: Marks) -> Marks:
    keys = (("unit", event.unit),)
    return (mark(fact, Milestone.RECEIPT_NOTIFIED, told(event, "served_time"), keys),)


def moved(fact: Fact, event: events.ResponsibilityMoved, earlier: Marks) -> Marks:
    """Named by a superior or a meeting, a unit receives the matter, unless it was handed to it already.

    Who has an accusation in place of its accused holder is to route it, unless it is answered; what was on
    its way has ended.
    """
    unit = event.to_unit
    holding = mark(fact, Milestone.MOVED)._replace(holder=unit)
    over = other_marks.decided_away(fact, unit, earlier)
    if event.basis == types.MOVE_BASIS_ACCUSATION:
        reassigned = mark(fact, Milestone.REASSIGNED)
        routed_anew = () if _is_answered(earlier) else (mark(fact, Milestone.RETURNED),)
        return holding, *routed_anew, reassigned, *over
    if event.basis not in _DECIDED:
        return (holding,)
    pending = last(earlier, Milestone.HANDED_OVER, *_HANDOVER_ENDS)
    if pending and pending.milestone is Milestone.HANDED_OVER and pending.unit == unit:
        return holding, mark(fact, Milestone.CONFIRMED), _in_hands(fact, unit), *over
    assigned = mark(fact, Milestone.ASSIGNED, keys=(("unit", unit), *_NO_HANDOVER))
    assigned = assigned._replace(unit=unit, handling=_handling(earlier))
    return holding, assigned, mark(fact, Milestone.REASSIGNED), _in_hands(fact, unit), *over


def _is_answered(earlier: Marks) -> bool:
    """An opinion stands, whoever has the matter: it is served and closed, not routed."""
    latest = last(earlier, *_ANSWERED, *_COURSE, Milestone.JUDICIAL_TAKEN)
    return latest is not None and latest.milestone in _ANSWERED


def accepted(fact: Fact, event: events.PetitionAccepted, earlier: Marks) -> Marks:
    """Accepting again what is being handled already, by whatever unit, restarts no clock."""
    taken = mark(fact, Milestone.ACCEPTED, told(event, "accepted_time"))._replace(unit=event.unit)
    return (taken,) if _handling(earlier) else (taken, taken._replace(milestone=_HANDLING))


def _handling(earlier: Marks) -> bool:
    latest = last(earlier, _HANDLING, *_HANDLING_ENDS)
    return latest is not None and latest.milestone is _HANDLING


def extension_approved(fact: Fact, event: events.ExtensionApproved, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.EXTENSION_APPROVED)._replace(days=event.extension_days),)


def extension_notified(fact: Fact, event: events.ExtensionNotified, earlier: Marks) -> Marks:
    """Has effect for what was approved since acceptance; how much of it counts is a matter of the rule."""
    begun = last(earlier, _HANDLING)
    if begun is None:
        return ()
    since = earlier[earlier.index(begun) :]
    days = sum(one.days for one in since if one.milestone is Milestone.EXTENSION_APPROVED)
    told_of = mark(fact, Milestone.EXTENDED, told(event, "served_time"))
    return (told_of._replace(days=days, base=begun.time),) if days > 0 else ()


def item_applied(fact: Fact, event: events.ResolutionItemApplied, earlier: Marks) -> Marks:
    """A task that is moved ends for the unit that had it and begins for the other."""
    due = parse_date(event.due_date)
    taken_back = mark(fact, Milestone.TASK_REVOKED, keys=(("item", event.task_item_id),))
    ended = (taken_back,) if event.kind in ON_TASKS else ()
    if event.kind not in GIVES_TASK or due is None:
        return ended
    task = mark(fact, Milestone.TASK_SET, keys=(("item", event.item_id),))
    return (*ended, task._replace(unit=event.unit, due=due))


def task_done(fact: Fact, event: events.ResolutionTaskDone, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.TASK_DONE, keys=(("item", event.item_id),)),)


def plain(milestone: Milestone) -> Any:
    """A translation for an event that says nothing clocks need beside having happened."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> tuple[Mark, ...]:
        return (mark(fact, milestone),)

    return translate
