"""Which texts of a case are opened no more: what stood there before other words did (Art. 30(3))."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events

_PUT_ANEW = frozenset({"subject", "content"})
TEXTS = _PUT_ANEW | {"place_as_written", "as_written"}
"""What a case is about, in words: restating it puts two anew and closes all, a correction those it names."""

_WHY = ("reasons", "reason")
"""Why a text was put right, and why a head entered that late, may repeat it."""

Closed = frozenset[tuple[int, str]]
"""Places in a petition's stream, each with the name of a sealed field there."""


def superseded(petition: Sequence[Message], agency: str) -> Closed:
    """The texts in a petition's stream that are not opened for an agency.

    The words in force are opened for all who may read the case; earlier ones for who put others in their
    place, and for nobody else: what was split off must not be read in the case that it came from.
    """
    closed: set[tuple[int, str]] = set()
    successors: dict[str, str] = {}
    for place, event in reversed(list(enumerate(petition))):
        texts = _texts(event)
        gone = {text for text in texts if successors.get(text, agency) != agency}
        closed |= {(place, text) for text in gone}
        if gone and isinstance(event, events.RegistrationCorrected):
            closed |= {(place, why) for why in _WHY}
        if isinstance(event, events.PetitionRestated | events.RegistrationCorrected):
            replaced = TEXTS if isinstance(event, events.PetitionRestated) else texts
            successors |= dict.fromkeys(replaced, event.authority.organ)
    return frozenset(closed)


def _texts(event: Message) -> Sequence[str]:
    """The texts that an event puts in force."""
    if isinstance(event, events.RegistrationCorrected):
        return [text for text in event.fields if text in TEXTS]
    if isinstance(event, events.PetitionRestated):
        return sorted(_PUT_ANEW)
    return sorted(TEXTS) if isinstance(event, events.PetitionRegistered) else ()
