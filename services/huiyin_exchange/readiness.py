"""Which agencies' topics are there and may be used: one that is missing must not keep the others waiting."""

import asyncio
import logging
from collections.abc import Sequence

from huiyin_kafka.admin import TopicsNotReadyError, check_topics
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.names import inbox_topic, receipts_topic
from huiyin_kernel.settings import Settings

log = logging.getLogger(__name__)

PROFILE = "service@exchange"
LOOK_AGAIN_SECONDS = 10.0
"""How often agencies are looked at whose topics were not ready."""
WAIT_SECONDS = 1.0
"""Topics that were just made take a moment until every broker knows them."""


async def ready(settings: Settings, agencies: Sequence[str]) -> list[str]:
    """Those whose topics are ready; of the others it is said what is wrong. None while no broker answers."""
    try:
        await _check(settings, agencies)
    except TopicsNotReadyError:
        return [code for code in agencies if await _is_ready(settings, code)]
    except KafkaSetupError as error:
        log.warning("%s", error)
        return []
    return list(agencies)


async def _is_ready(settings: Settings, code: str) -> bool:
    try:
        await _check(settings, [code])
    except TopicsNotReadyError as error:
        log.error("%s", error)  # noqa: TRY400 - it says all there is to say
        return False
    except KafkaSetupError as error:
        log.warning("%s", error)
        return False
    return True


async def _check(settings: Settings, agencies: Sequence[str]) -> None:
    reads = [topic(code) for code in agencies for topic in (inbox_topic, receipts_topic)]
    writes = [receipts_topic(code) for code in agencies]
    await asyncio.to_thread(check_topics, settings, PROFILE, reads, writes, WAIT_SECONDS)
