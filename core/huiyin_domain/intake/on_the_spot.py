"""当场告知: whether who came was told in writing there and then (Art. 23(2)): T2, an act without a period."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import ToldOnTheSpot
from huiyin_domain.dates import instant, local_date
from huiyin_domain.intake.state import Petition

IN_PERSON = "visit"
"""The channel by which the petitioner is there to be told on the spot."""


def is_on_the_spot(state: Petition, event: events.ReceiptNotified) -> bool:
    """Whether a notice is that of the unit which received the visit, on the very day, handed over there."""
    same_day = local_date(instant(event.served_time)) == local_date(state.registration.received_time)
    in_person = event.method == types.SERVICE_METHOD_IN_PERSON
    return event.unit == state.registration.unit and in_person and same_day


def told_on_the_spot(state: Petition) -> ToldOnTheSpot.ValueType:
    """Given, not given, or not expected: of a petition office, by another channel, or of who left no name.

    The law asks for it where it is possible: that it was not given is a fact to see, and no lateness.
    """
    registration = state.registration
    direct = not registration.petition_office and not registration.origin_case_id
    if not direct or registration.channel != IN_PERSON or registration.anonymous:
        return types.TOLD_ON_THE_SPOT_UNSPECIFIED
    return types.TOLD_ON_THE_SPOT_GIVEN if state.told_on_the_spot else types.TOLD_ON_THE_SPOT_NOT_GIVEN
