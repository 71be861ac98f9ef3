"""The port for publishing: a batch in order, acknowledged whole, or the first record that was not."""

from collections.abc import Sequence
from typing import Protocol

from huiyin_kernel.arrived import Record


class PublishError(Exception):
    """A batch was not acknowledged whole.

    The first `acknowledged` records are on the brokers; of the others nothing is known: send them again, in
    order. `rejected`: the brokers will not take one of them as it is, however often it is sent; in a batch of
    one it is known which.
    """

    def __init__(self, acknowledged: int, cause: BaseException, *, rejected: bool) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.acknowledged, self.cause, self.rejected = acknowledged, cause, rejected


class Publisher(Protocol):
    """Publishes one batch after the other. Used from one event loop, which it never blocks."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when every record is acknowledged by all replicas in sync. Raises PublishError.

        An empty batch connects, so that the first one need not.
        Records of one key keep their order, whatever fails. A time that lies ahead is written as the
        present: brokers refuse what is far ahead of their clock.
        """
        ...

    async def aclose(self) -> None:
        """Gives up its connections, within seconds whatever is under way."""
        ...
