"""The clients of kafka-python, with seven defects of version 3.0.12 mended.

A TLS handshake has a bound: a broker whose process stands still accepts connections and never answers, and
the client would wait for ever. A client that could not start leaves no thread and no socket behind. A socket
that could not connect is closed at once. So is, when its client is closed, one that was being connected, and
one with something still to be sent. Asking for a topic that is not known has a bound. And what keeps the
metadata fresh goes on when a refresh fails that somebody else had asked for: it would end for good.
"""

import socket
import ssl
import time
from collections.abc import Collection
from typing import Any

from kafka import KafkaConsumer, OffsetSpec, TopicPartition
from kafka.cluster import ClusterMetadata
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

HANDSHAKE_SECONDS = 5.0
METADATA_MS = 10_000
"""How long brokers may take to say which topics there are."""


class Connections(KafkaNetClient):  # type: ignore[misc] # kafka-python ships no types
    """What clients take as `kafka_client`."""

    def __init__(self, **configs: Any) -> None:
        net = NetworkSelector(**configs)
        self._made = _Manager(net, **configs)
        super().__init__(net, self._made, **configs)

    def close(self, node_id: Any = None) -> None:
        """Closes the connection to a node; without one all, for good."""
        super().close(node_id)
        if node_id is None:
            self._made.close_sockets()


_METADATA_CONFIGS = ("bootstrap_servers", "metadata_max_age_ms", "client_dns_lookup")


class Metadata(ClusterMetadata):  # type: ignore[misc] # kafka-python ships no types
    """What is known of brokers and topics."""

    async def _refresh_loop(self) -> None:
        while not self.closed:
            try:
                await super()._refresh_loop()
            except KafkaError:  # of a refresh that others wait for too: they are told
                await self._manager._net.sleep(self.refresh_backoff() / 1000)  # noqa: SLF001 - as the loop waits


class BoundedConsumer(KafkaConsumer):  # type: ignore[misc] # kafka-python ships no types
    """A consumer that does not wait for metadata without bound, and can ask for ends without waiting."""

    def ask_ends(self, parts: Collection[TopicPartition], timeout_ms: int) -> Any:
        """A future of where partitions end, by partition; end_offsets() would wait for it."""
        latest = dict.fromkeys(parts, OffsetSpec.LATEST)
        return self._manager.call_soon(self._fetcher._fetch_offsets_by_times_async, latest, timeout_ms)  # noqa: SLF001 - as end_offsets() does

    def _fetch_all_topic_metadata(self) -> None:
        """Raises KafkaTimeoutError, or what became of the refresh."""
        stash, self._cluster.need_all_topic_metadata = self._cluster.need_all_topic_metadata, True
        try:
            if self._cluster.metadata_refresh_in_progress:  # it may not ask for all
                self._net.run(self._manager.wait_for, self._cluster.request_update(), METADATA_MS)
            self._net.run(self._manager.wait_for, self._cluster.request_update(), METADATA_MS)
        finally:
            self._cluster.need_all_topic_metadata = stash


class _Manager(KafkaConnectionManager):  # type: ignore[misc] # kafka-python ships no types
    """Opens connections."""

    def __init__(self, net: Any, **configs: Any) -> None:
        super().__init__(net, **configs)
        self.cluster = Metadata(**{name: self.config[name] for name in _METADATA_CONFIGS})
        self.cluster.attach(self)
        self._transports: list[_Transport] = []

    def close_sockets(self) -> None:
        """Closes what is still open after the loop has ended, as nobody else will."""
        for transport in self._transports:
            transport.close_socket()
        self._transports.clear()

    def bootstrap(self, timeout_ms: int | None = None, refresh: bool = True) -> None:
        """Finds the brokers. Raises KafkaTimeoutError; then, if there were none before, all is closed."""
        try:
            super().bootstrap(timeout_ms, refresh)
        except BaseException:
            if not self.cluster.brokers():
                self.close()
                self._net.close()
                self.close_sockets()
            raise

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:
        bound = time.monotonic() + HANDSHAKE_SECONDS
        bound = bound if timeout_at is None else min(bound, timeout_at)
        connected = await self._connected(node, bound)
        if not self.ssl_enabled:
            return KafkaTCPTransport(self._net, connected, host=node.host)
        options = {name: value for name, value in self.config.items() if name.startswith("ssl_")}
        transport = _Transport(self._net, connected, host=node.host, **options)
        self._transports = [transport, *(each for each in self._transports if each.is_open)]
        try:
            await transport.handshake_before(bound)
        except (OSError, KafkaTimeoutError) as error:
            transport.close()
            raise KafkaConnectionError(
                f"TLS handshake with {node.host}:{node.port} failed: {error}"
            ) from error
        return transport

    async def _connected(self, node: Any, bound: float) -> Any:
        """A TCP connection to the first of the host's addresses that has one."""
        failure: Exception = KafkaConnectionError(f"{node.host} has no address")
        plain = KafkaNetSocket()
        for family, kind, protocol, _, address in plain.dns_lookup(node.host, node.port):
            connecting = socket.socket(family, kind, protocol)
            try:
                connecting.setblocking(False)
                for option in self.config["socket_options"]:
                    connecting.setsockopt(*option)
                return await plain.sock_connect(self._net, connecting, address, timeout_at=bound)
            except (OSError, KafkaConnectionError, KafkaTimeoutError) as error:
                connecting.close()
                failure = error
            except BaseException:
                connecting.close()
                raise
        raise KafkaConnectionError(f"{node.host}:{node.port} cannot be reached: {failure}") from failure


class _Transport(KafkaSSLTransport):  # type: ignore[misc] # kafka-python ships no types
    """A TLS connection."""

    @property
    def is_open(self) -> bool:
        """Whether it has its socket."""
        return self._sock is not None

    def close_socket(self) -> None:
        """Closes it at once, without a word to anybody."""
        if self._sock is not None:
            self._sock.close()

    async def handshake_before(self, deadline: float) -> None:
        """Raises KafkaTimeoutError when the other side does not speak in time, ssl.SSLError when refused."""
        while True:
            try:
                self._sock.do_handshake()
            except ssl.SSLWantReadError:
                await self._net.wait_read(self._sock, timeout_at=deadline)
            except ssl.SSLWantWriteError:
                await self._net.wait_write(self._sock, timeout_at=deadline)
            else:
                return
