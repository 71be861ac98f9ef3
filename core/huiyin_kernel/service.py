"""Opens a service's own log with its vault: what the four services have in common."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from huiyin_kernel.commands import Commands
from huiyin_kernel.host import Host
from huiyin_kernel.inbox import Inbox, Reaction
from huiyin_kernel.policy_kept import PolicyFollower
from huiyin_kernel.rpc.endpoint import Method
from huiyin_kernel.rpc.feed import NAME, Feed, FeedLimits, Judge
from huiyin_kernel.rpc.intake_client import KnowsCases, Standings
from huiyin_kernel.rpc.letters import NAME as LETTERS
from huiyin_kernel.rpc.letters import LetterMethods
from huiyin_kernel.rpc.tables import Entitled
from huiyin_kernel.settings import ServiceName
from huiyin_kernel.telemetry.counts import AppendMetrics
from huiyin_kernel.timekeeping import Timekeeper, time_server
from huiyin_kernel.vault.edge import SecretSealer
from huiyin_kernel.vault.keys import DerivedSecrets
from huiyin_kernel.vault.rings import ensure_ring, open_ring
from huiyin_kernel.vault.secret_fields import SealingLimits
from huiyin_kernel.vault.vault import Vault
from huiyin_store.limits import StoreLimits
from huiyin_store.postgres import PostgresEventStore


@dataclass(frozen=True, slots=True)
class OpenService:
    """A service with its log open."""

    host: Host
    store: PostgresEventStore
    commands: Commands
    time: Timekeeper

    def standings(self) -> Standings:
        """How agencies stand to cases, by intake's word."""
        settings = self.host.settings
        log, seconds = settings.log_name("intake"), settings.limits.deadline_seconds
        return Standings(self.host.channel("intake"), log, seconds)

    def entitled(self) -> Entitled:
        """Reads this log's streams for those who may see them."""
        return Entitled(self.commands.streams, self.standings(), self.host.policy.directory)

    def feed_methods(self, knows: KnowsCases | None = None) -> dict[str, dict[str, Method]]:
        """FeedService over this log. Who knows how agencies stand to cases itself gives that."""
        limits = self.host.settings.limits
        bounds = FeedLimits(limits.heartbeat_seconds, limits.feed_page_max)
        judge = Judge(knows or self.standings(), self.host.policy.directory)
        return {NAME: Feed(self.store, self.host.clock, bounds, self.host.stopping, judge).methods()}

    def letter_methods(self) -> dict[str, dict[str, Method]]:
        """DeadLetterService over what this service gave up."""
        host = self.host
        return {
            LETTERS: LetterMethods(self.store.letters, host.policy.directory, host.settings.limits).methods()
        }

    def inbox(self, service: ServiceName, reactions: Mapping[str, Reaction]) -> Inbox:
        """An inbox for another service's log."""
        name = f"{self.host.name}-inbox"
        log_name, streams = self.host.settings.log_name(service), self.commands.streams
        return Inbox(name, log_name, streams, self.store.letters, self.time, reactions, self.host.source.read)


async def open_service(host: Host) -> OpenService:
    """Opens the log, the master keys and the vault. Raises WrongRingError, KeyFileError or StoreError."""
    limits, log = host.settings.limits, host.settings.log_name(host.name)
    bounds = StoreLimits(queue_appends=limits.append_queue_max, batch_appends=limits.append_batch_max)
    reference = time_server(host.settings.time_reference)
    master = open_ring(host.settings.paths, host.name, os.environ, host.clock)
    store = await PostgresEventStore.open(
        host.dsn(), host.name, log, limits=bounds, counts=AppendMetrics(log, host.name)
    )
    time = Timekeeper(host.clock, store, timedelta(seconds=limits.clock_seconds_max), reference)
    try:
        await ensure_ring(store, master)
        await time.look()
    except BaseException:
        await store.aclose()
        raise
    sealing = SealingLimits(
        limits.text_characters_max, limits.person_field_characters_max, limits.filing_characters_max
    )
    sealer = SecretSealer(Vault(store, master, host.clock), DerivedSecrets(master.ring.root), sealing)
    commands = Commands(store, sealer, host.policy, time)
    follower = PolicyFollower(host.dsn(), host.name, commands)
    await follower.open()
    host.tasks.extend([time.run, partial(follower.run, host.policy_feed())])
    return OpenService(host, store, commands, time)
