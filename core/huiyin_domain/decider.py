"""The form of deciders (decide what happens, evolve what is known; both pure), and of recorded events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED, Cause, EntryKind
from huiyin_domain.context import Context
from huiyin_domain.refusal import Refusal


class UnfoldableError(Exception):
    """A fold cannot take an event. Folds raise nothing else, whatever an event says.

    Who hosts the fold sets the case aside, goes on with the others, and folds it again when that can succeed.
    """


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of one log. `context` is the service whose log it is, such as intake.

    `recorded` and `occurred` are aware and in UTC. `agency` is whose act it is; `entry` how it came into the
    record; `known` when the act behind it was recorded, where that was in another log.
    """

    context: str
    log: str
    position: int
    stream: str
    version: int
    event_id: str
    recorded: datetime
    occurred: datetime
    case_ids: tuple[str, ...]
    causes: tuple[Cause, ...]
    event: Message
    agency: str = ""
    entry: EntryKind.ValueType = ENTRY_KIND_UNSPECIFIED
    known: datetime | None = None


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
