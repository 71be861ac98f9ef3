"""What is made once for each machine beside the jars: a class archive, and the beginning of a data folder."""

import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from huiyin_kernel.home import FolderLock, Home
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.development import KAFKA_OBSERVER
from huiyin_launcher.brokers.cluster import KafkaCluster
from huiyin_launcher.brokers.jars import (
    STORAGE_TOOL,
    BrokerError,
    JarSet,
    LookAtBrokers,
    Runtime,
    ensure_jars,
    find_java,
)
from huiyin_launcher.brokers.properties import Plan, free_plan, lines, properties
from huiyin_launcher.embedded.account import server_environment

LOCK_SECONDS = 180.0
FORMAT_SECONDS = 60
ARCHIVE_SECONDS = 90.0
_BESIDE = "warming-"


def prepared(look_at_brokers: LookAtBrokers, jars: JarSet | None = None) -> Runtime:
    """Java and Kafka, fetched, checked and warmed up as far as that is not done yet. Raises BrokerError."""
    jars = jars or JarSet()
    java, folder = find_java(), ensure_jars(jars)
    runtime = Runtime(java.program, tuple(folder.glob("*.jar")), jars.log_settings, look_at_brokers)
    key = f"{jars.fingerprint()}-java-{java.version}"
    archive, checkpoint = folder / f"{key}.jsa", folder / f"{key}.checkpoint"
    if not (archive.exists() and checkpoint.exists()):
        try:
            _make_both(runtime, archive, checkpoint)
        except OSError as error:
            raise BrokerError(f"{folder} cannot be used: {error}; it must be writable") from error
    return replace(runtime, archive=archive, checkpoint=checkpoint.read_bytes())


def _make_both(runtime: Runtime, archive: Path, checkpoint: Path) -> None:
    lock = FolderLock(archive.with_name("warming.lock"))
    if not lock.take(LOCK_SECONDS):
        raise BrokerError(f"another process warms Kafka up for too long; it holds {lock.path}")
    try:
        if not (archive.exists() and checkpoint.exists()):
            for left_over in archive.parent.glob(f"{_BESIDE}*"):  # of one that was killed meanwhile
                shutil.rmtree(left_over)
            with tempfile.TemporaryDirectory(dir=archive.parent, prefix=_BESIDE) as folder:
                _warm_up(runtime, Home(Path(folder)), archive, checkpoint)
    finally:
        lock.release()


def _warm_up(runtime: Runtime, home: Home, archive: Path, checkpoint: Path) -> None:
    """Runs a broker for a moment; when it ends, the virtual machine writes the classes that it loaded."""
    home.make()
    certificates.ensure_development_pki(home.identity, ("kafka-1", KAFKA_OBSERVER), ())
    plan = free_plan(1)
    beginning = _formatted(runtime, home, plan)
    dumping = replace(runtime, checkpoint=beginning).with_options(
        f"-XX:ArchiveClassesAtExit={home.root / 'archive'}"
    )
    cluster = KafkaCluster(home, plan, dumping)
    cluster.start()
    cluster.stop(ARCHIVE_SECONDS)
    written = home.root / "archive"
    if not written.exists():
        raise BrokerError(f"Java wrote no class archive: {(home.logs / 'kafka-1.log').read_text()[-2000:]}")
    written.rename(archive)
    fresh = home.root / "checkpoint"
    fresh.write_bytes(beginning)
    fresh.rename(checkpoint)


def _formatted(runtime: Runtime, home: Home, plan: Plan) -> bytes:
    """What Kafka's own tool puts into a new data folder, beside the ids."""
    data, settings = home.root / "formatted", home.root / "format.properties"
    settings.write_text(lines(properties(plan, 1, data, home.root, home.root)), encoding="utf-8")
    program = runtime.command(STORAGE_TOOL, "format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", str(settings))
    done = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
        program, env=server_environment(), capture_output=True, text=True, timeout=FORMAT_SECONDS, check=False
    )
    if done.returncode != 0:
        raise BrokerError(f"Kafka could not make a data folder: {done.stdout}{done.stderr}")
    return (data / "bootstrap.checkpoint").read_bytes()
