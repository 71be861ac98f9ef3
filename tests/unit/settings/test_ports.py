"""A port that is taken is not used, not given twice, and the change is said."""

import socket
from pathlib import Path

import pytest

from huiyin_cli.children import Ports, choose, environment
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, Settings
from huiyin_launcher.embedded.claim import LOOPBACK, free_port, is_free


def test_a_free_port_is_used_without_a_word() -> None:
    said: list[str] = []
    port = free_port()
    assert Ports(said.append).take("intake", port) == port
    assert said == []


def test_a_taken_port_is_replaced_and_said() -> None:
    said: list[str] = []
    with socket.create_server((LOOPBACK, 0)) as server:
        taken = server.getsockname()[1]
        assert not is_free(taken)
        port = Ports(said.append).take("intake", taken)
    assert port != taken
    assert f"port {taken} is taken: intake uses {port}" in said[0]


def test_a_free_port_is_none_that_the_system_gives_to_clients() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(free_port() < first for _ in range(50))


def test_a_free_port_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huiyin_launcher.embedded.claim._OF_NO_CLIENT", range(19_000, 19_100))
    given = [free_port() for _ in range(20)]
    assert len(set(given)) == len(given)


def test_that_no_port_is_free_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huiyin_launcher.embedded.claim.is_free", lambda port: False)
    with pytest.raises(OSError, match="none is free"):
        free_port()


def test_no_port_is_given_twice() -> None:
    ports = Ports(lambda _: None)
    preferred = free_port()
    given = [ports.take(name, preferred) for name in SERVICE_NAMES]
    assert len(set(given)) == len(given)


def test_children_learn_the_addresses_from_their_environment() -> None:
    addresses = choose(Settings(), Ports(lambda _: None))
    names = environment(addresses)
    read = {name: names[f"HUIYIN_ADDRESSES__{name.upper()}"] for name in SERVICE_NAMES}
    assert Addresses(**read) == addresses
