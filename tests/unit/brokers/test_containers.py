"""Brokers in containers get settings that Kafka itself accepts, and a key that nobody else's folder holds."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from huiyin_kernel.home import Home
from huiyin_launcher.brokers.containers import CONFIG, DATA, write
from huiyin_launcher.brokers.jars import STORAGE_TOOL
from tests.support.kafka import runtime

NODES = ("1", "2", "3")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of three brokers."""
    root = tmp_path_factory.mktemp("containers")
    write(Home(root / "home"), root / "kafka")
    return root / "kafka"


@pytest.mark.parametrize("node", NODES)
def test_kafka_makes_a_data_folder_from_the_settings(written: Path, tmp_path: Path, node: str) -> None:
    here = tmp_path / "server.properties"
    text = (written / node / "server.properties").read_text()
    assert f"log.dirs={DATA}" in text
    here.write_text(text.replace(str(DATA), str(tmp_path / "log")).replace(str(CONFIG), str(written / node)))
    program = runtime().command(STORAGE_TOOL, "format", "--ignore-formatted", "-t", "aHVpeWluLWNvbXBvc2UtMQ")
    done = subprocess.run([*program, "-c", str(here)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"node.id={node}" in (tmp_path / "log" / "meta.properties").read_text()


@pytest.mark.parametrize("node", NODES)
def test_the_certificate_names_the_host_that_clients_are_told(written: Path, node: str) -> None:
    settings = (written / node / "server.properties").read_text()
    assert f"advertised.listeners=SSL://kafka-{node}:9092,OUTSIDE://127.0.0.1:719{node}" in settings
    found = x509.load_pem_x509_certificate((written / node / "identity.pem").read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert f"kafka-{node}" in names.get_values_for_type(x509.DNSName)


def test_each_folder_holds_a_key_of_its_own(written: Path) -> None:
    assert len({(written / node / "identity.pem").read_bytes() for node in NODES}) == len(NODES)
    assert all(sorted(p.name for p in (written / n).iterdir()) == NAMES for n in NODES)


NAMES = ["ca.crt", "identity.pem", "server.properties"]
