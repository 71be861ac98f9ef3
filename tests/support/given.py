"""given(events).when(command).then(events | refused): the language in which deciders are tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

from huiyin_domain.context import Context
from huiyin_domain.decider import Decider, Decision, fold
from huiyin_domain.refusal import Refusal

StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class Given(Generic[StateT]):
    """A stream as far as it has come."""

    decider: Decider[StateT]
    events: tuple[Message, ...] = ()

    @property
    def state(self) -> StateT:
        """What is known."""
        return fold(self.decider, self.decider.initial(), self.events)

    def when(self, command: Message, context: Context) -> "Outcome[StateT]":
        """Decides, and checks that the same command has no second effect."""
        decision = self.decider.decide(self.state, command, context)
        outcome = Outcome(self, decision)
        if not isinstance(decision, Refusal):
            again = self.decider.decide(outcome.after.state, command, context)
            assert isinstance(again, Refusal) or not again, "a repeated command had a second effect"
        return outcome

    def after(self, command: Message, context: Context) -> "Given[StateT]":
        """The stream after a command that must succeed."""
        return self.when(command, context).after


@dataclass(frozen=True, slots=True)
class Outcome(Generic[StateT]):
    """What was decided."""

    before: Given[StateT]
    decision: Decision

    @property
    def events(self) -> Sequence[Message]:
        """The events; fails with the refusal when there is one."""
        assert not isinstance(self.decision, Refusal), self.decision
        return self.decision

    @property
    def after(self) -> Given[StateT]:
        """The stream after it."""
        return Given(self.before.decider, (*self.before.events, *self.events))

    def then(self, *expected: Message) -> None:
        """Exactly these events."""
        assert list(self.events) == list(expected)

    def nothing(self) -> None:
        """Nothing was left to do."""
        assert list(self.events) == []

    def refused(self, reason: str) -> Refusal:
        """Refused with this reason, in words that say something."""
        assert isinstance(self.decision, Refusal), self.decision
        assert self.decision.reason == reason, self.decision
        assert len(self.decision.message) > 20
        return self.decision
