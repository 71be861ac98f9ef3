"""The form of every decider: decide what happens, evolve what is known. Both pure."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from huiyin_domain.context import Context
from huiyin_domain.fact import UnfoldableError
from huiyin_domain.refusal import Refusal

StateT = TypeVar("StateT")

Decision = Sequence[Message] | Refusal
"""The events of a decision (none when there is nothing left to do), or why not."""


class UnknownEventError(UnfoldableError):
    """A fold met an event it has no rule for. Always a programming error, never skipped."""


class UnknownCommandError(Exception):
    """A decider was given a command it has no rule for. Always a programming error."""


class Decider(Protocol[StateT]):
    """A stream category's rules.

    `decide` on the result of its own decision yields no events. `evolve` never changes the state that it is
    given, is total over the category's events and raises UnknownEventError for anything else. `case_ids` and
    `audience` say which cases an event of this stream concerns and which agencies may receive it.
    """

    category: str

    def initial(self) -> StateT: ...

    def decide(self, state: StateT, command: Message, context: Context) -> Decision: ...

    def evolve(self, state: StateT, event: Message) -> StateT: ...

    def case_ids(self, state: StateT) -> Sequence[str]: ...

    def audience(self, state: StateT) -> Sequence[str]: ...


def fold(decider: Decider[StateT], state: StateT, events: Iterable[Message]) -> StateT:
    """Folds events onto a state, in order."""
    for event in events:
        state = decider.evolve(state, event)
    return state
