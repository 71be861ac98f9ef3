"""The acts of a stream with their times: the last of each kind, as far as later ones depend on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin_domain.dates import instant

TOLD: Mapping[type[Message], str] = {
    intake.PetitionRegistered: "received_time",
    intake.PetitionHandedOver: "handed_over_time",
    intake.ReceiptNotified: "served_time",
    intake.PetitionAccepted: "accepted_time",
    intake.PetitionerTold: "served_time",
    intake.ExtensionNotified: "served_time",
    intake.OpinionServed: "served_time",
    intake.ReviewRequested: "requested_time",
    intake.ReviewServed: "served_time",
    intake.PetitionClosed: "served_time",
    judicial.PetitionerReplied: "served_time",
}
"""Events that tell a time of their own beside the one at which they occurred, and where it stands."""

PETITIONERS = frozenset({intake.ReviewRequested})
"""Events whose own time is the petitioner's act: an organ is told of it, however long ago it was posted."""


class Act(NamedTuple):
    """An act of a stream: what it was, when it took place, and when the log learnt of it."""

    event: Message
    time: datetime
    recorded: datetime


Acts = Mapping[type[Message], Act]
"""The last act of each kind."""


def act_of(event: Message, occurred: datetime, recorded: datetime) -> Act:
    """The act that an event records."""
    return Act(event, act_time(event, occurred), recorded)


def with_act(acts: Acts, event: Message, occurred: datetime, recorded: datetime) -> Acts:
    """The acts after an event. A day of receipt that was put right is the receipt's from then on."""
    after = {**acts, type(event): act_of(event, occurred, recorded)}
    receipt = after.get(intake.PetitionRegistered)
    if isinstance(event, intake.RegistrationCorrected) and "received_time" in event.fields and receipt:
        after[intake.PetitionRegistered] = receipt._replace(time=instant(event.received_time))
    return after


def told_time(event: Any) -> datetime | None:
    """The time of its own that an event tells, if it does."""
    field = TOLD.get(type(event))
    if not field or not event.HasField(field):
        return None
    return instant(getattr(event, field))


def act_time(event: Message, occurred: datetime) -> datetime:
    """When an act took place, for what follows it; an organ's part in a request begins with receiving it."""
    told = None if type(event) in PETITIONERS else told_time(event)
    return told or occurred


def known_time(acts: Acts, kind: type[Message], told: datetime) -> datetime:
    """From when others could know of an act of this kind that is told of so."""
    act = acts.get(kind)
    return max(told, act.recorded) if act else told
