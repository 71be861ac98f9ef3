"""Opens a service's own log with its vault: what the four services have in common."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from huiyin_kernel.commands import Commands
from huiyin_kernel.host import Host
from huiyin_kernel.inbox import Inbox, Reaction
from huiyin_kernel.rpc.endpoint import Method
from huiyin_kernel.rpc.feed import NAME, Feed, FeedLimits
from huiyin_kernel.settings import ServiceName
from huiyin_kernel.store.postgres import PostgresEventStore
from huiyin_kernel.vault.derived import DerivedSecrets
from huiyin_kernel.vault.edge import SecretSealer
from huiyin_kernel.vault.limits import SealingLimits
from huiyin_kernel.vault.master import open_master_keys
from huiyin_kernel.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class OpenService:
    """A service with its log open."""

    host: Host
    store: PostgresEventStore
    commands: Commands

    def feed_methods(self) -> dict[str, dict[str, Method]]:
        """FeedService over this log."""
        limits = self.host.settings.limits
        feed = Feed(self.store, self.host.clock, FeedLimits(limits.heartbeat_seconds, limits.feed_page_max))
        return {NAME: feed.methods()}

    def inbox(self, service: ServiceName, reactions: Mapping[str, Reaction]) -> Inbox:
        """An inbox for another service's log."""
        name = f"{self.host.name}-inbox"
        return Inbox(name, self.host.settings.log_name(service), self.store, self.host.clock, reactions)


async def open_service(host: Host) -> OpenService:
    """Opens the log, the master keys and the vault."""
    store = await PostgresEventStore.open(host.dsn(), host.name, host.settings.log_name(host.name))
    master = open_master_keys(host.settings.paths.master_key, os.environ, host.clock)
    limits = SealingLimits(text_characters_max=host.settings.limits.text_characters_max)
    sealer = SecretSealer(Vault(store, master, host.clock), DerivedSecrets(master.ring.root), limits)
    return OpenService(host, store, Commands(store, sealer, host.policy, host.clock))
