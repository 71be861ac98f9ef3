"""Verification of the vaults: every key that events refer to is there, or was destroyed on the record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum, auto
from typing import Protocol
from uuid import UUID

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import Finding, FindingPlace, Findings
from huiyin_audit.spill import Spill
from huiyin_kernel.vault.keys import VaultError
from huiyin_store.port import StoredKey


class Ring(Protocol):
    """What opens the wrapped keys of one vault."""

    def unwrap(self, stored: StoredKey) -> bytes:
        """The data key. Raises VaultError."""
        ...


class KeyFact(IntEnum):
    """What an event says of a key."""

    USED = auto()
    RECORDED = auto()
    """That it was destroyed."""
    UNREADABLE = auto()


KeyRow = tuple[str, KeyFact, int, str]
"""A key, what an event says of it, the event's position and its stream."""


class KeyUse:
    """The keys that events of one slice of a log use or destroy, each with its first place."""

    def __init__(self) -> None:
        self._used: dict[str, KeyRow] = {}
        self._recorded: dict[str, KeyRow] = {}

    def note(self, sealed: Iterable[Sealed], position: int, stream: str) -> None:
        """What the next event holds that is sealed, in its payload or its metadata."""
        for one in sealed:
            if (key_id := one.key_id) not in self._used:
                self._used[key_id] = _row(key_id, KeyFact.USED, position, stream)

    def note_destroyed(self, message: KeysDestroyed, position: int, stream: str) -> None:
        """That keys were destroyed."""
        for key_id in message.key_ids:
            self._recorded[key_id] = _row(key_id, KeyFact.RECORDED, position, stream)

    def rows(self) -> Iterator[KeyRow]:
        """All that was noted."""
        yield from self._used.values()
        yield from self._recorded.values()


def _row(text: str, kind: KeyFact, position: int, stream: str) -> KeyRow:
    try:
        return str(UUID(text)), kind, position, stream
    except ValueError:
        return text, KeyFact.UNREADABLE, position, stream


class Unopened:
    """Checks that wrapped keys open, as they would not if two were swapped or one was altered."""

    def __init__(self, log: str, ring: Ring) -> None:
        self._log, self._ring = log, ring
        self.findings = Findings()

    def take(self, page: Sequence[StoredKey]) -> None:
        """The next keys of the log's vault."""
        for key in page:
            if key.wrapped is not None:
                self._check(key)

    def _check(self, key: StoredKey) -> None:
        try:
            self._ring.unwrap(key)
        except VaultError:
            facts = {"key": key.key_id, "subject": key.subject, "master": key.master}
            self.findings.add(rules.KEY_DOES_NOT_OPEN.at(FindingPlace(self._log), **facts))


def verify_keys(logs: Sequence[str], spill: Spill, part: int) -> tuple[int, Findings]:
    """How many keys of a part the vaults have, and what was found; a key may be in another log's vault.

    The vaults' rows, and what events use (KeyUse), were laid down.
    """
    findings, living, gone = Findings(), dict[str, str](), dict[str, str]()
    used, recorded = dict[str, FindingPlace](), dict[str, FindingPlace]()
    for log in logs:
        for key, lives in spill.rows(f"{log}.vault", part):
            (living if lives else gone)[key] = log
        for key, kind, position, stream in spill.rows(f"{log}.keys", part):
            place = FindingPlace(log, position, stream)
            if kind is KeyFact.USED:
                used.setdefault(key, place)
            elif kind is KeyFact.RECORDED:
                recorded[key] = place
            else:
                findings.add(rules.KEY_MISSING.at(place, key=repr(key)))
    for finding in _wrong(living, gone, used, recorded):
        findings.add(finding)
    return len(living) + len(gone), findings


def _wrong(
    living: Mapping[str, str],
    gone: Mapping[str, str],
    used: Mapping[str, FindingPlace],
    recorded: Mapping[str, FindingPlace],
) -> Iterator[Finding]:
    for key, place in used.items():
        if key not in living and key not in gone and key not in recorded:
            yield rules.KEY_MISSING.at(place, key=key)
    for key, log in gone.items():
        if key not in recorded:
            yield rules.KEY_DESTROYED_IN_SILENCE.at(FindingPlace(log), key=key)
    for key, place in recorded.items():
        if key in living:
            yield rules.KEY_CAME_BACK.at(place, key=key)
