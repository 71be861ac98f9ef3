"""Which texts of a case are opened no more: what stood there before it was restated (Art. 30(3))."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events

TEXTS = frozenset({"subject", "content"})
"""The fields that restating a case puts anew."""


def superseded(petition: Sequence[Message], agency: str) -> frozenset[int]:
    """The places in a petition's stream whose subject and content are not opened for an agency.

    The words in force are opened for all who may read the case; earlier ones for who put others in their
    place, and for nobody else: what was split off must not be read in the case that it came from.
    """
    closed: set[int] = set()
    successor: events.PetitionRestated | None = None
    for place, event in reversed(list(enumerate(petition))):
        if not isinstance(event, events.PetitionRegistered | events.PetitionRestated):
            continue
        if successor is not None and successor.authority.organ != agency:
            closed.add(place)
        successor = event if isinstance(event, events.PetitionRestated) else successor
    return frozenset(closed)
