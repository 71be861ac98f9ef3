"""What a Kafka record is made of on the wire: CloudEvents attributes in its headers (binary mode)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from huiyin_kernel.arrived import Record

CONTENT_TYPE = "content-type"
PROTOBUF = b"application/protobuf"
PREFIX = "ce_"
SPEC_VERSION = b"1.0"


def wire_bytes(record: Record) -> int:
    """Bytes of a record as it is sent, uncompressed; a little more than it really has."""
    values = sum([len(value) for _, value in record.headers])  # a list: this is done for every record
    return 80 + 32 * len(record.headers) + values + len(record.key or b"") + len(record.value or b"")


class UnreadableRecordError(Exception):
    """A record is not what its topic promises; the message says which part of it is wrong."""


def rfc3339(instant: datetime) -> bytes:
    """An instant as CloudEvents write it: UTC, with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z").encode()


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970 of an aware instant; never negative, which brokers refuse."""
    return max(0, int(instant.timestamp() * 1000))


class Attributes:
    """The attributes of a record, each checked as it is asked for. Raises UnreadableRecordError."""

    def __init__(self, headers: Iterable[tuple[str, bytes | None]]) -> None:
        self._values: dict[str, bytes] = {}
        for name, value in headers:
            if name in self._values:
                raise UnreadableRecordError(f"header {name} stands twice")
            self._values[name] = value or b""
        if self.raw("specversion") != SPEC_VERSION:
            raise UnreadableRecordError(f"header {PREFIX}specversion is not {SPEC_VERSION.decode()}")

    def raw(self, name: str) -> bytes:
        """The bytes of an attribute."""
        try:
            return self._values[PREFIX + name]
        except KeyError:
            raise UnreadableRecordError(f"header {PREFIX}{name} is missing") from None

    def text(self, name: str) -> str:
        """A text that is not empty."""
        try:
            text = self.raw(name).decode()
        except UnicodeDecodeError:
            raise UnreadableRecordError(f"header {PREFIX}{name} is not UTF-8") from None
        if not text:
            raise UnreadableRecordError(f"header {PREFIX}{name} is empty")
        return text

    def place(self, name: str) -> int:
        """A number from 1 on."""
        text = self.text(name)
        if not (text.isascii() and text.isdecimal() and len(text) <= 19 and text[0] != "0"):
            raise UnreadableRecordError(f"header {PREFIX}{name} is not a whole number from 1 on")
        return int(text)

    def instant(self, name: str) -> datetime:
        """An instant, in UTC."""
        try:
            instant = datetime.fromisoformat(self.text(name))
        except ValueError:
            instant = None
        if instant is None or instant.utcoffset() is None:
            raise UnreadableRecordError(f"header {PREFIX}{name} is not an RFC 3339 instant with its offset")
        return instant.astimezone(UTC)

    def hash(self, name: str) -> bytes:
        """32 bytes, written in hexadecimal."""
        try:
            value = bytes.fromhex(self.text(name))
        except ValueError:
            value = b""
        if len(value) != 32:
            raise UnreadableRecordError(f"header {PREFIX}{name} is not 32 bytes in hexadecimal")
        return value

    def one_of(self, name: str, known: Mapping[str, str]) -> str:
        """What a text that must be known stands for."""
        text = self.text(name)
        if text not in known:
            raise UnreadableRecordError(f"header {PREFIX}{name} is none of {', '.join(sorted(known))}")
        return known[text]
