"""Beginnings that many stories share."""

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from tests.unit.clocks.story import CASE, HOUSING, OFFICE, Story, stamp

CLAIM, PETITION = types.PETITION_CLASS_CLAIM, types.ROUTE_PETITION


def registered(
    story: Story, day: str, *, office: bool = True, anonymous: bool = False, part: bool = False
) -> str:
    return story.tell(
        day,
        intake.PetitionRegistered(
            case_id=CASE,
            unit=OFFICE if office else HOUSING,
            petition_office=office,
            received_time=stamp(day),
            anonymous=anonymous,
            origin_case_id="another" if part else "",
        ),
    )


def classified(
    story: Story,
    day: str,
    petition_class: types.PetitionClass.ValueType = CLAIM,
    route: types.Route.ValueType = PETITION,
) -> str:
    return story.tell(day, intake.PetitionClassified(petition_class=petition_class, route=route))


def handed_over(story: Story, day: str, unit: str = HOUSING, due: str = "", handover: str = "h1") -> str:
    kind = types.HANDOVER_KIND_REFERRAL if due else types.HANDOVER_KIND_TRANSFER
    event = intake.PetitionHandedOver(
        handover_id=handover,
        kind=kind,
        from_unit=OFFICE,
        to_unit=unit,
        due_date=due,
        handed_over_time=stamp(day),
    )
    return story.tell(day, event)


def notified(story: Story, day: str, unit: str = HOUSING, recorded: str = "") -> str:
    return story.tell(day, intake.ReceiptNotified(unit=unit, served_time=stamp(day)), recorded=recorded)


def moved(story: Story, day: str, unit: str, basis: types.MoveBasis.ValueType) -> str:
    return story.tell(day, intake.ResponsibilityMoved(to_unit=unit, basis=basis))


def accepted(story: Story, day: str, unit: str = HOUSING) -> str:
    moved(story, day, unit, types.MOVE_BASIS_ACCEPTANCE)
    return story.tell(day, intake.PetitionAccepted(unit=unit, accepted_time=stamp(day)))


def extended(story: Story, approved: str, told: str, days: int) -> str:
    story.tell(approved, intake.ExtensionApproved(extension_days=days, approved_by="head"))
    return story.tell(told, intake.ExtensionNotified(served_time=stamp(told)))


def answered(story: Story, issued: str, served: str = "", recorded: str = "") -> str:
    opinion = intake.OpinionIssued(opinion_id="o1", outcome=types.OPINION_OUTCOME_NOT_SUPPORTED)
    event_id = story.tell(issued, opinion, recorded=recorded)
    if served:
        event_id = story.tell(served, intake.OpinionServed(opinion_id="o1", served_time=stamp(served)))
    return event_id


def in_hand(received: str, accepted_on: str, route: types.Route.ValueType = PETITION) -> Story:
    """A petition proper, or a claim of another route, that the housing bureau has accepted."""
    story = Story()
    registered(story, received)
    classified(story, received, route=route)
    handed_over(story, received)
    accepted(story, accepted_on)
    return story
