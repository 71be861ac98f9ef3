"""The way to the platform, as the rest of the package sees it: Kafka and gRPC do the same."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin.timeline.v1.types_pb2 import CaseEvent


class Passed(NamedTuple):
    """An entry and the place behind it; no entry: only the place has moved."""

    entry: CaseEvent | None
    place: str


class Link(Protocol):
    """One of the two ways."""

    name: str

    def publish(self, message: AgencyMessage, seconds: float) -> AgencyReceipt:
        """The message's receipt. Raises NoAnswerError when there is none in time, MessageIdReusedError."""
        ...

    def cases(self, place: str, *, follow: bool) -> Iterator[Passed]:
        """Entries behind a place; without `follow` only those that are there now."""
        ...

    def receipts(self, after: int, *, follow: bool) -> Iterator[AgencyReceipt]:
        """Receipts with higher numbers, in order; without `follow` only those that are there now."""
        ...

    def close(self) -> None:
        """Gives up its connections."""
        ...
