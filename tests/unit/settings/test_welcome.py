"""The greeting says where Kafka is in cluster mode, and nothing of Kafka otherwise."""

from pathlib import Path

from huiyin_cli.platform_run import greeting
from huiyin_kernel.settings import Addresses, KafkaSettings, Settings


def test_in_cluster_mode_it_says_how_a_client_reaches_kafka(tmp_path: Path) -> None:
    kafka = KafkaSettings(bootstrap="127.0.0.1:7191,127.0.0.1:7192")
    said = greeting(Settings(home=tmp_path, kafka=kafka), Addresses(), "huiyin", 1.0)
    assert "Kafka: 127.0.0.1:7191,127.0.0.1:7192" in said
    assert f"kcat -b 127.0.0.1:7191 -X security.protocol=ssl -X ssl.ca.location={tmp_path}" in said


def test_in_the_embedded_default_it_says_nothing_of_kafka(tmp_path: Path) -> None:
    said = greeting(Settings(home=tmp_path, kafka=KafkaSettings()), Addresses(), "huiyin", 1.0)
    assert "127.0.0.1:7101" in said
    assert "afka" not in said
