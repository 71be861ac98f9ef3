"""The decider of stream erasure-<subject>: a key is destroyed only after it is on record (promise P12).

So that a key that is gone without a record was taken by nobody who was allowed to, and the audit can say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_domain.context import Context, Role
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing

GROUNDS = ("request", "order", "retention")
"""Personal Information Protection Law, Art. 47: withdrawn or asked for, ordered, or kept long enough."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Which keys of a subject the record says are destroyed."""

    subject: str = ""
    key_ids: frozenset[str] = frozenset()


class ErasureDecider:
    """Its command is the event as it is proposed: a subject, its living keys, and why they shall go."""

    category = "erasure"

    def initial(self) -> Erasure:
        return Erasure()

    def decide(self, state: Erasure, command: Message, context: Context) -> Decision:
        if not isinstance(command, KeysDestroyed):
            raise UnknownCommandError(command.DESCRIPTOR.full_name)
        if refusal := _fault(state, command, context):
            return refusal
        fresh = [key_id for key_id in command.key_ids if key_id not in state.key_ids]
        if not fresh:
            return ()
        return (KeysDestroyed(subject=command.subject, key_ids=fresh, ground=command.ground),)

    def evolve(self, state: Erasure, event: Message) -> Erasure:
        if not isinstance(event, KeysDestroyed):
            raise UnknownEventError(event.DESCRIPTOR.full_name)
        return replace(state, subject=event.subject, key_ids=state.key_ids | set(event.key_ids))

    def case_ids(self, state: Erasure) -> Sequence[str]:
        """None: an erasure changes nothing in the course of a case, and a person may have several."""
        return ()

    def audience(self, state: Erasure) -> Sequence[str]:
        """Nobody but auditors: that somebody asked to be forgotten is nobody else's business."""
        return ()


def _fault(state: Erasure, command: KeysDestroyed, context: Context) -> Refusal | None:
    if not context.principal.officer or not context.principal.has(Role.ADMINISTRATOR):
        message = "keys are destroyed by an administrator, by name: call with an administrator's token"
        return forbidden("ROLE_NOT_ALLOWED", message, allowed=Role.ADMINISTRATOR)
    if command.ground not in GROUNDS:
        allowed = ",".join(GROUNDS)
        message = f"ground says why nobody shall read this any more: give one of {allowed}"
        return invalid("GROUND_REQUIRED", message, field="ground", allowed=allowed)
    if not command.key_ids and not state.key_ids:
        message = f"{command.subject or 'nobody'} has no key here: name a subject as the vault does"
        return missing("NO_KEYS", message, subject=command.subject)
    return None


ERASURE = ErasureDecider()
