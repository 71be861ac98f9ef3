"""Writes what brokers in containers read (deploy/compose.yaml): settings, key, authority; a folder for each.

    python -m huiyin_launcher.brokers.containers FOLDER

Identities are made in the data folder (HUIYIN_HOME), and renewed when they end soon.
"""

import sys
from pathlib import Path

from huiyin_kernel.home import Home
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import KAFKA_PORT, Settings
from huiyin_launcher.brokers.cluster import service_profile
from huiyin_launcher.brokers.properties import NODES_MAX, NodePlace, Plan, lines, node_name, properties

CONFIG = Path("/etc/huiyin")
"""Where a broker's container sees its folder."""
DATA = Path("/var/lib/kafka/data/log")
"""Where it keeps records."""
READABLE = 0o644  # the broker runs as another user; nobody but it and the writer sees the folder

PLAN = Plan(
    tuple(
        NodePlace(9092, 9093, host=node_name(node), outside=KAFKA_PORT + node - 1)
        for node in range(1, NODES_MAX + 1)
    )
)


def write(home: Home, folder: Path) -> None:
    """Writes a folder for each broker: folder/1, folder/2, folder/3."""
    home.make()
    ensure_development_identities(home.root, load_policy().directory)
    for node in PLAN.node_ids:
        _write(home, folder / str(node), node)


def _write(home: Home, place: Path, node: int) -> None:
    place.mkdir(parents=True, exist_ok=True)
    profile = service_profile(home, node_name(node))
    settings = properties(PLAN, node, DATA, CONFIG / "identity.pem", CONFIG / "ca.crt")
    contents = {
        "ca.crt": profile.authority.read_bytes(),
        "identity.pem": profile.read_key() + profile.certificate.read_bytes(),
        "server.properties": lines(settings).encode(),
    }
    for name, content in contents.items():
        write_whole(place / name, content, READABLE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    write(Settings().paths, Path(sys.argv[1]))
