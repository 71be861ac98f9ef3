"""The relay as a process: publishes what it holds the leases of, until it is told to stop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from huiyin_kafka.admin import TopicsNotReadyError, check_topics
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kafka.publish import KafkaPublisher, Publisher
from huiyin_kafka.topics.names import CONTEXTS
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.files import KeyFileError
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.ids import uuid7
from huiyin_kernel.process import NoAccessError, own_access, stop_signal, until_stopped
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.settings import ServiceName, Settings
from huiyin_kernel.telemetry.start import telemetry
from huiyin_relay.batches import Backoff, wake_on_growth
from huiyin_relay.ledger import SCHEMA, RelayLedger
from huiyin_relay.pump import Relay
from huiyin_relay.sources import LetterSource, RejectedSource, RelaySource, ServiceLog, TimelineSource
from huiyin_store.lease import Leases

log = logging.getLogger(__name__)

PROFILE = "service@relay"
START_SECONDS_FIRST, START_SECONDS_MAX = 0.5, 5.0
LETTERS_OF = (*CONTEXTS, "streams", "exchange")
LOGS: tuple[ServiceName, ...] = CONTEXTS


def timeline_name(settings: Settings) -> str:
    """What the timeline is called as a source."""
    return f"timeline@{settings.region}"


def sources_of(settings: Settings, dsn: str) -> list[RelaySource]:
    """Everything that is published."""
    return [
        *(ServiceLog(dsn, name, settings.log_name(name)) for name in LOGS),
        TimelineSource(dsn, timeline_name(settings)),
        *(LetterSource(dsn, name) for name in LETTERS_OF),
        RejectedSource(dsn),
    ]


def make_publisher(settings: Settings, source: RelaySource, given_up: Callable[[], object]) -> Publisher:
    """A producer for one source: what ends it does not end those of others."""
    return KafkaPublisher(client_options(settings, PROFILE), [source.topic], given_up=given_up)


async def run(settings: Settings, stopped: asyncio.Event) -> None:
    """Relays until stopped. Raises NoAccessError, or KafkaSetupError when the topics are not there for it."""
    dsn = own_access(settings)
    sources = sources_of(settings, dsn)
    await _until_ready(settings, sorted({source.topic for source in sources}))
    owner = f"{settings.instance or 'relay'} {uuid7()}"
    leases = Leases(dsn, SCHEMA, owner, [source.name for source in sources])
    relay = Relay(sources, RelayLedger(dsn), leases, partial(make_publisher, settings), SystemClock())
    async with AsyncExitStack() as stack:
        await until_stopped(stopped, [relay.run(), *_wakers(settings, relay, stack)])
    log.info("relay: stopped")


async def _until_ready(settings: Settings, topics: Sequence[str]) -> None:
    """Waits for brokers that are away; topics that are missing or denied are an error."""
    client_options(settings, PROFILE)
    backoff = Backoff(START_SECONDS_FIRST, START_SECONDS_MAX)
    while True:
        try:
            await asyncio.to_thread(check_topics, settings, PROFILE, writes=topics)
            return
        except TopicsNotReadyError:
            raise
        except KafkaSetupError as error:
            log.warning("relay: %s", error)
        await asyncio.sleep(backoff.next())


def _wakers(settings: Settings, relay: Relay, stack: AsyncExitStack) -> list[Any]:
    profile = find_profile(settings.paths.identity, PROFILE)
    identity = ClientIdentity.of(profile)
    wakers, timeline = [], timeline_name(settings)
    for name in LOGS:
        channel = open_channel(settings.addresses.of(name), identity, settings.limits.message_bytes_max)
        stack.push_async_callback(channel.close, None)
        log_name = settings.log_name(name)
        # What is new in a log is new on the timeline soon.
        wakers.append(wake_on_growth(channel, log_name, [relay.wakes[log_name], relay.wakes[timeline]]))
    return wakers


async def _run_until_signal(settings: Settings) -> None:
    await run(settings, stop_signal())


def main() -> None:
    """Entry point; exit status 1 when it cannot begin."""
    settings = Settings()
    with telemetry(settings.instance or "relay", settings):
        try:
            asyncio.run(_run_until_signal(settings))
        except (KafkaSetupError, NoAccessError, KeyFileError) as error:
            log.critical("%s", error)
            raise SystemExit(1) from error


if __name__ == "__main__":
    main()
