"""Puts the timeline together: its host for one process, its service for another, and how logs are asked."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from psycopg_pool import AsyncConnectionPool

from huiyin_domain.timeline.case import walls_of
from huiyin_kernel.host import Host
from huiyin_kernel.rpc.feed import log_end
from huiyin_kernel.settings import ServiceName
from huiyin_store.durable import Durable
from huiyin_streams.timeline_book import Rules
from huiyin_streams.timeline_host import LogEnds, TimelineHost
from huiyin_streams.timeline_service import Timeline

REGISTRY: ServiceName = "intake"
"""The service in whose log cases are registered."""


def timeline_host(host: Host) -> TimelineHost:
    """The host, on this service's own schema."""
    settings, limits = host.settings, host.settings.limits
    walls = walls_of(host.policy.directory)
    rules = Rules(walls, settings.log_name(REGISTRY), limits.timeline_held_max)
    patience = timedelta(seconds=limits.timeline_wait_seconds)
    return TimelineHost(host.dsn(), rules, host.clock, patience)


def timeline_service(host: Host, durable: Durable, pool: AsyncConnectionPool) -> Timeline:
    """The service that reads what the host makes; `durable` tells it how far that is."""
    return Timeline(
        f"timeline@{host.settings.region}",
        pool,
        durable,
        host.policy.directory,
        host.settings.limits,
        host.clock,
        host.stopping,
    )


def log_ends(host: Host, services: Iterable[ServiceName]) -> LogEnds:
    """How to ask the services where their logs end. Also in cluster mode: Kafka may lag behind the log."""
    return {
        (name := host.settings.log_name(service)): partial(log_end, host.channel(service), name)
        for service in services
    }
