"""Messages that have their receipt are deleted from the agencies' topics: they may say in clear who it was.

What they led to is on the record, sealed; the agency keeps what it sent (promise P12).
"""

import asyncio
import logging
from collections.abc import Mapping

from psycopg import OperationalError

from huiyin_exchange.receipts import Receipts
from huiyin_kafka.admin import NotErasedError, erase_before
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kernel.settings import Settings
from huiyin_store.lease import Lease

log = logging.getLogger(__name__)

PROFILE = "service@exchange"
ERASE_SECONDS = 10.0
"""How long a message may stand on its topic after it was answered, while all is well."""


class Erasing:
    """Follows the cursors of the inbox topics; what fails is tried again at the next turn."""

    def __init__(self, settings: Settings, receipts: Receipts, lease: Lease) -> None:
        self._settings, self._receipts, self._lease = settings, receipts, lease
        self._erased: dict[str, int] = {}

    async def run(self) -> None:
        """Erases for ever."""
        await self._lease.until_held()
        while True:
            try:
                await self._erase()
            except (NotErasedError, KafkaSetupError, OperationalError) as error:
                log.warning("answered messages are not erased yet: %s", error)
            await asyncio.sleep(ERASE_SECONDS)

    async def _erase(self) -> None:
        moved = _moved(await self._receipts.cursors(), self._erased)
        if moved:
            options = client_options(self._settings, PROFILE)
            await asyncio.to_thread(erase_before, options, moved)
            self._erased |= moved


def _moved(cursors: Mapping[str, int], erased: Mapping[str, int]) -> dict[str, int]:
    return {topic: position for topic, position in cursors.items() if position > erased.get(topic, 0)}
