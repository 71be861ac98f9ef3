"""Verification of the vaults: every key that events refer to is there, or was destroyed on the record."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from google.protobuf.message import Message

from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import Findings, Place
from huiyin_audit.report import LogReport
from huiyin_kernel.vault.keys import VaultError
from huiyin_kernel.vault.secret_fields import sealed_in
from huiyin_store.port import StoredKey


class Ring(Protocol):
    """What opens the wrapped keys of one vault."""

    def unwrap(self, stored: StoredKey) -> bytes:
        """The data key. Raises VaultError."""
        ...


class Spot(NamedTuple):
    """Where an event is."""

    log: str
    position: int
    stream: str

    @property
    def place(self) -> Place:
        """For a finding."""
        return Place(self.log, self.position, self.stream)


class KeyUse:
    """The keys that events of one log use or destroy, as they are written, each with its first place."""

    def __init__(self, log: str) -> None:
        self._log = log
        self.used: dict[str, Spot] = {}
        self.recorded: dict[str, Spot] = {}
        self.unreadable: list[tuple[str, Spot]] = []

    @staticmethod
    def is_destruction(message_class: type[Message]) -> bool:
        """Whether these messages record that keys were destroyed."""
        return issubclass(message_class, KeysDestroyed)

    def note(self, message: Message, position: int, stream: str) -> None:
        """What the next event says, its payload or its metadata."""
        if isinstance(message, KeysDestroyed):
            spot = Spot(self._log, position, stream)
            self.recorded |= dict.fromkeys(message.key_ids, spot)
        for sealed in sealed_in(message):
            if (key_id := sealed.key_id) not in self.used:
                self._note_first(key_id, Spot(self._log, position, stream))

    def _note_first(self, text: str, spot: Spot) -> None:
        try:
            UUID(text)
        except ValueError:
            self.unreadable.append((text, spot))
        else:
            self.used[text] = spot


class KeyVerifier:
    """Is given the vaults' rows, and what the logs' events use; a key may be in another vault than its log's.

    Rings are those that are at hand, by log: without them it is not checked whether wrapped keys open, as
    they would not if two were swapped or one was altered. Memory grows with the number of keys.
    """

    def __init__(self, findings: Findings, rings: Mapping[str, Ring]) -> None:
        self._findings, self._rings = findings, rings
        self._living: dict[UUID, str] = {}
        self._gone: dict[UUID, str] = {}
        self._used: dict[UUID, Spot] = {}
        self._recorded: dict[UUID, Spot] = {}

    def take_rows(self, log: str, page: Sequence[StoredKey]) -> None:
        """The next rows of a log's vault."""
        ring = self._rings.get(log)
        for key in page:
            (self._gone if key.wrapped is None else self._living)[key.key_id] = log
            if ring is not None and key.wrapped is not None:
                self._check_opens(log, key, ring)

    def take_use(self, use: KeyUse) -> None:
        """What the next events of a log use."""
        for text, spot in use.used.items():
            self._used.setdefault(UUID(text), spot)
        self._recorded |= {UUID(text): spot for text, spot in use.recorded.items()}
        for text, spot in use.unreadable:
            self._findings.add(rules.KEY_MISSING.at(spot.place, key=repr(text)))

    def finish(self, log_count: int) -> LogReport:
        """Judges when all was read; the report's events are keys, its streams are vaults."""
        for key_id, spot in self._used.items():
            if not any(key_id in known for known in (self._living, self._gone, self._recorded)):
                self._findings.add(rules.KEY_MISSING.at(spot.place, key=key_id))
        for key_id, log in self._gone.items():
            if key_id not in self._recorded:
                self._findings.add(rules.KEY_DESTROYED_IN_SILENCE.at(Place(log), key=key_id))
        for key_id, spot in self._recorded.items():
            if key_id in self._living:
                self._findings.add(rules.KEY_CAME_BACK.at(spot.place, key=key_id))
        return LogReport(
            log="vaults",
            event_count=len(self._living) + len(self._gone),
            stream_count=log_count,
            position=0,
            recorded=None,
            findings=self._findings.kept(),
            finding_count=self._findings.count,
            not_checked=() if self._rings else ("wrapped keys",),
        )

    def _check_opens(self, log: str, key: StoredKey, ring: Ring) -> None:
        try:
            ring.unwrap(key)
        except VaultError:
            facts = {"key": key.key_id, "subject": key.subject, "master": key.master}
            self._findings.add(rules.KEY_DOES_NOT_OPEN.at(Place(log), **facts))
