"""Makes the data folder of a broker, whole or not at all."""

import base64
import secrets
import shutil
from pathlib import Path

_METADATA = "meta.properties"
_CHECKPOINT = "bootstrap.checkpoint"


def new_id() -> str:
    """A fresh id, as Kafka writes them: 16 random bytes in base64."""
    first, *rest = secrets.token_bytes(16)
    # Without its highest bit the first byte never becomes a "-", which Kafka's tools take for an option.
    return base64.urlsafe_b64encode(bytes((first & 0x7F, *rest))).decode().rstrip("=")


def cluster_id(folder: Path) -> str:
    """The id of the cluster whose brokers are kept below the folder, made on first use."""
    path = folder / "cluster-id"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_text(new_id(), encoding="ascii")
        fresh.rename(path)
    return path.read_text(encoding="ascii")


def make(data: Path, cluster: str, node: int, checkpoint: bytes) -> None:
    """Makes what `kafka-storage format` makes, without a Java program for each node.

    A data folder that is there already stays as it is.
    """
    if (data / _METADATA).exists():
        return
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / _METADATA).write_text(
        f"version=1\ncluster.id={cluster}\nnode.id={node}\ndirectory.id={new_id()}\n", encoding="ascii"
    )
    (fresh / _CHECKPOINT).write_bytes(checkpoint)
    fresh.rename(data)
