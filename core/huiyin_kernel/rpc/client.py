"""Channels to other services: mutual TLS with this process's certificate, and endless patience."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Self

import grpc
from grpc import aio

from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1 import service_pb2 as feed
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin_kernel.identity.profiles import ClientProfile

log = logging.getLogger(__name__)

RETRY_SECONDS_FIRST = 0.1
RETRY_SECONDS_MAX = 5.0
# What passes by itself; anything else needs a person, such as a follower that is ahead of its log.
_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.RESOURCE_EXHAUSTED)


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """What a client shows and trusts: PEM texts of the authority, its own certificate and key."""

    authority: bytes
    certificate: bytes
    key: bytes

    @classmethod
    def of(cls, profile: ClientProfile) -> Self:
        """What a profile's files hold now. Raises KeyFileError when others may read its key."""
        return cls(profile.authority.read_bytes(), profile.certificate.read_bytes(), profile.read_key())

    def credentials(self) -> grpc.ChannelCredentials:
        """Credentials for a channel."""
        return grpc.ssl_channel_credentials(self.authority, self.key, self.certificate)


def open_channel(
    address: str,
    identity: ClientIdentity,
    message_bytes_max: int,
    interceptors: Sequence[aio.ClientInterceptor] = (),
) -> aio.Channel:
    """A channel to a service. Development certificates name localhost; so does the check."""
    options = (
        ("grpc.max_receive_message_length", message_bytes_max),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    )
    return aio.secure_channel(address, identity.credentials(), options=options, interceptors=interceptors)


async def follow_feed(
    channel: aio.Channel, log_name: str, after: int, types: tuple[str, ...] = ()
) -> AsyncGenerator[tuple[Event | None, int], None]:
    """Events of a foreign log from `after` on, for ever, over outages; (None, position) is a heartbeat."""
    from huiyin_kernel.telemetry.metrics import FEED_RETRIES  # here: the command line does without

    wait = RETRY_SECONDS_FIRST
    stub = FeedServiceStub(channel)
    lost = FEED_RETRIES.labels(log_name)
    while True:
        call = stub.Subscribe(feed.SubscribeRequest(after_position=after, types=types))
        try:
            async for item in call:
                wait = RETRY_SECONDS_FIRST
                if item.HasField("event"):
                    after = item.event.position
                    yield item.event, after
                else:
                    after = item.heartbeat.position
                    yield None, after
        except aio.AioRpcError as error:
            level = logging.INFO if error.code() in _PASSING else logging.ERROR
            log.log(level, "feed %s: %s; trying again in %.1f s", log_name, error.details(), wait)
        finally:  # whoever follows no more, or begins again, holds no place at the service
            call.cancel()
        lost.inc()
        await asyncio.sleep(wait)
        wait = min(wait * 2, RETRY_SECONDS_MAX)
