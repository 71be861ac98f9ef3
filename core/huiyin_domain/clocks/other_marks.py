"""What goes on beside a petition's own course, as marks.

The judicial track and offers to it, supervision, reports on completion, recusal, and other procedures.
"""

from collections.abc import Callable, Iterator
from typing import Any

from huiyin.intake.v1 import events_pb2 as events
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_domain.clocks.mark import DECLINED, Keys, Mark, Marks, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.procedure_rules import FACTS
from huiyin_domain.dates import microseconds, parse_date, start_of_day
from huiyin_domain.decider import Fact

Translate = Callable[[Fact, Any, Marks], Marks]


def litigation_referred(fact: Fact, event: judicial.LitigationReferred, earlier: Marks) -> Marks:
    """What came as an offer waits for intake, and may arrive when it is over there: it routes nothing. Of
    version 0.1's referrals, the organ's own word was enough."""
    offered = event.HasField("authority")
    milestone = Milestone.OFFER_ARRIVED if offered else Milestone.LITIGATION_REFERRED
    sent = mark(fact, milestone, keys=_referral(fact))
    return (sent._replace(unit=event.organ, organ_kind=event.organ_kind, offered=offered),)


def referral_acknowledged(fact: Fact, event: judicial.ReferralAcknowledged, earlier: Marks) -> Marks:
    """Of an offer it is a promise: the release has still to come from intake."""
    taken = on_referral(Milestone.ORGAN_ACKNOWLEDGED)(fact, event, earlier)
    return (
        (*taken, mark(fact, Milestone.ORGAN_PROMISED, keys=_referral(fact))) if _offered(earlier) else taken
    )


def petitioner_replied(fact: Fact, event: judicial.PetitionerReplied, earlier: Marks) -> Marks:
    """It counts from when it reached the petitioner."""
    served = told(event, "served_time")
    return tuple(
        one._replace(time=served or one.time)
        for one in on_referral(Milestone.PETITIONER_REPLIED)(fact, event, earlier)
    )


def referral_handed_back(fact: Fact, event: judicial.ReferralHandedBack, earlier: Marks) -> Marks:
    """From here on the matter is for the unit that it goes back to, once intake hears of it."""
    back = on_referral(Milestone.HANDED_BACK)(fact, event, earlier)
    given = mark(fact, Milestone.GIVEN_BACK, keys=_referral(fact))._replace(unit=event.to_unit)
    return (*back, given) if _offered(earlier) else back


def _offered(earlier: Marks) -> bool:
    return bool(earlier) and earlier[0].offered


def referral_declined(fact: Fact, event: judicial.ReferralDeclined, earlier: Marks) -> Marks:
    """The matter is again for the referring unit to route."""
    back = mark(fact, Milestone.RETURNED, keys=((DECLINED, fact.stream),))
    return mark(fact, Milestone.ORGAN_DECLINED, keys=_referral(fact)), back


def on_referral(milestone: Milestone) -> Translate:
    """A translation that carries on who has the referral."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> Marks:
        done = mark(fact, milestone, keys=_referral(fact))
        return (done._replace(unit=earlier[0].unit, organ_kind=earlier[0].organ_kind) if earlier else done,)

    return translate


def order_issued(fact: Fact, event: supervision.OrderIssued, earlier: Marks) -> Marks:
    return _ordered(fact, event.unit, event.due_date)


def order_sent_back(fact: Fact, event: supervision.OrderSentBack, earlier: Marks) -> Marks:
    """The same unit, with a new last day."""
    return _ordered(fact, earlier[0].unit if earlier else "", event.due_date)


def lateness_objected(fact: Fact, event: supervision.LatenessObjected, earlier: Marks) -> Marks:
    """The organ that is asked has to decide; where there is none above the unit, nobody's period runs."""
    objected = mark(fact, Milestone.LATENESS_OBJECTED, keys=_lateness(event))
    return (objected._replace(unit=event.asked),) if event.asked else ()


def lateness_decided(
    fact: Fact, event: supervision.LatenessObjectionRefused | supervision.LatenessWithdrawn, earlier: Marks
) -> Marks:
    """Whatever takes the lateness back, an open objection to it is over."""
    decided = mark(fact, Milestone.LATENESS_DECIDED, keys=_lateness(event))
    objected = (one for one in earlier if one.milestone is Milestone.LATENESS_OBJECTED)
    return (decided,) if any(one.keys == decided.keys for one in objected) else ()


def on_order(milestone: Milestone) -> Translate:
    """A translation for what happens to an order."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> Marks:
        return (mark(fact, milestone, keys=(("order", fact.stream),)),)

    return translate


def _ordered(fact: Fact, unit: str, due_date: str) -> tuple[Mark, ...]:
    order = mark(fact, Milestone.ORDERED, keys=(("order", fact.stream),))
    return (order._replace(unit=unit, due=parse_date(due_date)),)


def _lateness(event: Any) -> Keys:
    return (("lateness", f"{event.clock_id}@{microseconds(event.due_time)}"),)


def _referral(fact: Fact) -> Keys:
    return (("referral", fact.stream),)


def offered(fact: Fact, event: events.CaseOffered, earlier: Marks) -> Marks:
    """The unit that offered sees to it that the organ answers."""
    return (mark(fact, Milestone.OFFERED, keys=_keys(event.offer_id))._replace(unit=event.from_unit),)


def withdrawn(fact: Fact, event: events.OfferWithdrawn, earlier: Marks) -> Marks:
    """The matter is again for its unit to route."""
    over = mark(fact, Milestone.OFFER_WITHDRAWN, keys=_keys(event.offer_id))
    return over, mark(fact, Milestone.RETURNED)


def over(milestone: Milestone) -> Translate:
    """Another end of an offer; what a refusal leaves to be done hangs on the organ's own event."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> Marks:
        return (mark(fact, milestone, keys=_keys(event.offer_id)),)

    return translate


def returned(fact: Fact, event: events.JudicialReferralReturned, earlier: Marks) -> Marks:
    """What was moved away from the organ did not come from its own act: its periods end by this."""
    back = mark(fact, Milestone.RETURNED)
    return (
        (mark(fact, Milestone.HANDED_BACK, keys=_keys(event.referral_id)), back)
        if event.recalled
        else (back,)
    )


def _keys(offer_id: str) -> Keys:
    """The same as the referral's own stream gives its marks."""
    return (("referral", f"referral-{offer_id}"),)


def parties_of_referral(from_unit: str, to_unit: str) -> Keys:
    """Who referred a matter, and who is charged with it."""
    return ("referrer", from_unit), ("charged", to_unit)


def completion_reported(fact: Fact, event: events.CompletionReported, earlier: Marks) -> Marks:
    """The report; from here who referred the matter has to check it."""
    keys = (("report", event.report_id), ("handover", event.handover_id))
    parties = parties_of_referral(event.to_unit, event.unit)
    return (mark(fact, Milestone.COMPLETION_REPORTED, keys=(*keys, *parties))._replace(unit=event.to_unit),)


def completion_accepted(fact: Fact, event: events.CompletionAccepted, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.COMPLETION_ACCEPTED, keys=(("report", event.report_id),)),)


def completion_sent_back(fact: Fact, event: events.CompletionSentBack, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.COMPLETION_SENT_BACK, keys=(("report", event.report_id),)),)


def decided_away(fact: Fact, to_unit: str, earlier: Marks) -> Marks:
    """Referrals to others than who is named by a decision are over: their units have the matter no more."""
    return tuple(
        mark(fact, Milestone.REFERRAL_OVER, keys=_handover(one))
        for one in earlier
        if one.milestone is Milestone.REFERRED and one.unit != to_unit
    )


def _handover(one: Mark) -> Keys:
    return tuple((kind, key) for kind, key in one.keys if kind == "handover")


def referrals_of_accused(fact: Fact, unit: str) -> Iterator[Mark]:
    """Nobody reports to who is referrals_of_accused, and nobody waits for a report by it (Art. 30(3))."""
    yield mark(fact, Milestone.REFERRAL_OVER, keys=(("referrer", unit),))
    yield mark(fact, Milestone.REFERRAL_OVER, keys=(("charged", unit),))


def recusal_requested(fact: Fact, event: events.RecusalRequested, earlier: Marks) -> Marks:
    """The head of the decider has to decide; one who turns out to be accused cannot any more."""
    keys = (("recusal", event.recusal_id), ("speaker", event.decider))
    return (mark(fact, Milestone.RECUSAL_ASKED, keys=keys)._replace(unit=event.decider),)


def recusal_decided(fact: Fact, event: events.RecusalDecided, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.RECUSAL_DECIDED, keys=(("recusal", event.recusal_id),)),)


def remedy_fact_recorded(fact: Fact, event: events.RemedyFactRecorded, earlier: Marks) -> Marks:
    """The period runs from the day of the fact, whenever it came on the record here; by other law."""
    milestone, day = FACTS.get(event.fact), parse_date(event.fact_date)
    if milestone is None or day is None:
        return ()
    found = mark(fact, milestone, start_of_day(day))
    return (found._replace(begins=start_of_day(day)),)
