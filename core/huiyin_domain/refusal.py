"""Refusals: the answer "no" as a value, with a stable reason and the facts needed to act on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What sort of "no" it is; the edge maps it to a gRPC status."""

    INVALID = "invalid"  # the command itself is wrong: mend it and send it again
    STATE = "state"  # the case is not in a state that allows it
    STALE = "stale"  # the caller knew an older state: read again, then decide again
    FORBIDDEN = "forbidden"  # this principal may not do it
    MISSING = "missing"  # there is no such thing
    BUSY = "busy"  # too much at once: nothing happened, try again later


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not carried out.

    `reason` is stable UPPER_SNAKE for machines; `message` says what was wrong, where and what to do;
    `facts` carries what a client needs to act (current holder, current epoch, allowed states); `article`
    names the rule of law where one applies.
    """

    kind: Kind
    reason: str
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)
    article: str = ""


def invalid(reason: str, message: str, **facts: str) -> Refusal:
    """The command is wrong in itself."""
    return Refusal(Kind.INVALID, reason, message, facts)


def wrong_state(reason: str, message: str, article: str = "", **facts: str) -> Refusal:
    """The state does not allow the command."""
    return Refusal(Kind.STATE, reason, message, facts, article)


def forbidden(reason: str, message: str, article: str = "", **facts: str) -> Refusal:
    """The principal may not do it."""
    return Refusal(Kind.FORBIDDEN, reason, message, facts, article)


def missing(reason: str, message: str, **facts: str) -> Refusal:
    """What the command names does not exist."""
    return Refusal(Kind.MISSING, reason, message, facts)


def revised_meanwhile(fact: str, seen: int, current: int, **facts: str) -> Refusal:
    """Another person revised the fact that this command revises: it is not overwritten unseen.

    `fact` names the request's field, such as `classification_version`; `facts` say what is now true.
    """
    message = f"{fact} {seen} is not the current one, {current}: read the case again, then decide again"
    return Refusal(Kind.STALE, "REVISED_MEANWHILE", message, {"field": fact, fact: str(current)} | facts)


def stale_epoch(given: int, current: int, holder: str) -> Refusal:
    """The caller acts on an older epoch of responsibility (promise P2)."""
    message = f"epoch {given} is not the current epoch {current}: read the case again, then decide again"
    return Refusal(Kind.STALE, "STALE_EPOCH", message, {"epoch": str(current), "responsible_unit": holder})
