"""A petition as an agency saw it last: what a former party may still read."""

from collections.abc import Iterable

from google.protobuf.message import Message

from huiyin_domain.intake.evolve import evolve
from huiyin_domain.intake.state import Petition


def as_it_was(history: Iterable[Message], agency: str) -> tuple[Petition, int]:
    """The petition when the agency's part in it ended, and the version at which that was.

    The event that ended it is the last that the agency learns of. For a stranger: none, version 0.
    """
    state, seen, version = Petition(), Petition(), 0
    for number, event in enumerate(history, start=1):
        state = evolve(state, event)
        if agency in state.parties | state.leaving:
            seen, version = state, number
    return seen, version
