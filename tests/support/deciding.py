"""Given, when, then for deciders: what happened, what is asked, what comes of it or why not."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed, Secret
from huiyin_domain.acts.act import Acts, with_act
from huiyin_domain.acts.judge import judged
from huiyin_domain.context import Context, Policy, Principal, Role
from huiyin_domain.decider import Decider, Decision, fold
from huiyin_domain.refusal import Refusal
from tests.support.small_policy import POLICY

StateT = TypeVar("StateT")

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday morning in Asia/Shanghai, with no holiday near."""


def officer(agency: str, name: str = "", *roles: Role) -> Principal:
    """An officer of an agency, told apart by name."""
    return Principal(agency, name or f"officer-of-{agency}", frozenset(roles or {Role.OFFICER}))


def secret(text: str) -> Secret:
    """A text as a decider gets it: sealed. The same text gives the same bytes."""
    cipher = hashlib.sha256(text.encode()).digest()
    return Secret(sealed=Sealed(key_id=str(UUID(int=1)), nonce=bytes(12), ciphertext=cipher, purpose="text"))


def mark(text: str) -> bytes:
    """The document mark of a text."""
    return hashlib.sha256(b"mark" + text.encode()).digest()


def identity(number: int) -> str:
    """A UUIDv7 by number: time from the number's high bits, chance from its digest."""
    chance = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:8]) & (1 << 62) - 1
    return str(UUID(int=(1_772_413_200_000 + number) << 80 | 7 << 76 | 0b10 << 62 | chance))


@dataclass
class Stream(Generic[StateT]):
    """One stream under test: its state, its history, and the day on which the next command comes."""

    decider: Decider[StateT]
    policy: Policy = POLICY
    now: datetime = START
    first_id: int = 1
    state: StateT = field(init=False)
    history: list[Message] = field(default_factory=list)
    acts: Acts = field(default_factory=dict)
    _ids: Iterator[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.state, self._ids = self.decider.initial(), count(self.first_id)

    def given(self, *events: Message) -> None:
        """These events have happened."""
        self.happened(events, self.now)

    def happened(self, events: Sequence[Message], occurred: datetime) -> None:
        """These events are recorded now; they happened then."""
        self.state = fold(self.decider, self.state, events)
        self.history.extend(events)
        for event in events:
            self.acts = with_act(self.acts, event, occurred, self.now)

    def later(self, **span: float) -> None:
        """Time goes by."""
        self.now += timedelta(**span)

    def context(self, principal: Principal, **changes: Any) -> Context:
        """What a decision may know now, with a caller and fresh ids."""
        ids = tuple(identity(next(self._ids)) for _ in range(4))
        made = Context(self.now, self.now, principal, ids, self.policy, acts=dict(self.acts))
        return replace(made, **changes)

    def decide(self, command: Message, by: Principal, **changes: Any) -> Decision:
        """What comes of a command; nothing is recorded."""
        context = self.context(by, **changes)
        return judged(self.decider.decide(self.state, command, context), context)

    def when(self, command: Message, by: Principal, **changes: Any) -> Sequence[Message]:
        """The command is carried out, and has no second effect; its events are recorded and returned."""
        context = self.context(by, **changes)
        decision = judged(self.decider.decide(self.state, command, context), context)
        assert not isinstance(decision, Refusal), decision
        self.happened(decision, context.occurred)
        again = self.decider.decide(self.state, command, context)
        assert isinstance(again, Refusal) or not again, f"a second effect: {again}"
        return decision

    def refused(self, command: Message, by: Principal, reason: str, **changes: Any) -> Refusal:
        """The command is refused for this reason; the refusal is returned for a closer look."""
        decision = self.decide(command, by, **changes)
        assert isinstance(decision, Refusal), f"not refused: {decision}"
        assert decision.reason == reason, decision
        return decision
