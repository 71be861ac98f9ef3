"""What brokers run from: jars, fetched once by Maven and checked against their SHA-256, and Java with them.

Java and Maven are looked for where people have them; each message of what is missing says what to do.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from huiyin_kernel.home import FolderLock
from huiyin_kernel.identity.profiles import ClientProfile


class BrokerError(Exception):
    """Kafka could not be fetched, set up, started or stopped."""


class ToolMissingError(BrokerError):
    """Java or Maven is not on this machine, or too old."""


OLDEST_JAVA = 17
VERSION_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Java:
    """The Java program, and what it says that it is, such as 17.0.15."""

    program: Path
    version: str


def find_java() -> Java:
    """The Java of JAVA_HOME, else of PATH. Raises ToolMissingError."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on PATH"
        raise ToolMissingError(
            f"未找到 Java · no Java is {where}; Kafka needs Java {OLDEST_JAVA} or newer: install it "
            f"(Debian, Ubuntu: apt install openjdk-{OLDEST_JAVA}-jre-headless)"
        )
    java = Java(Path(found), _version(found))
    if int(java.version.split(".")[0]) < OLDEST_JAVA:
        raise ToolMissingError(
            f"Java 版本过旧 · {found} is version {java.version}; Kafka needs Java {OLDEST_JAVA} or newer"
        )
    return java


def _version(java: str) -> str:
    """Its version; "0" when it cannot be run."""
    try:
        said = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            [java, "-version"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return "0"
    found = re.search(r'version "([^"]+)"', said)
    return found.group(1) if found else "0"


def find_maven() -> Path:
    """Maven's program. Raises ToolMissingError."""
    found = shutil.which("mvn")
    if found is None:
        raise ToolMissingError(
            "未找到 Maven · no Maven (mvn) is on PATH; Kafka's jars are fetched with it: install it (Debian, "
            "Ubuntu: apt install maven), or put the jars in a folder and name it by HUIYIN_KAFKA_JARS"
        )
    return Path(found)


CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER_VARIABLE = "HUIYIN_KAFKA_JARS"
FETCH_SECONDS = 600
LOCK_SECONDS = 660.0  # longer than another process may take to fetch
_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class JarSet:
    """Which jars there must be: the project's Maven file, and the lock beside it."""

    pom: Path = CHECKOUT / "deploy" / "kafka" / "pom.xml"

    @property
    def lock_file(self) -> Path:
        """A line for each jar: SHA-256 and name, as sha256sum prints them."""
        return self.pom.with_name("jars.sha256")

    @property
    def log_settings(self) -> Path:
        """How brokers log."""
        return self.pom.with_name("log4j2.xml")

    def version(self) -> str:
        """The version of Kafka. Raises BrokerError where the project's files are not there."""
        found = re.search(r"<kafka\.version>([\d.]+)<", self._text(self.pom))
        if found is None:
            raise BrokerError(f"{self.pom} names no kafka.version")
        return found.group(1)

    def sums(self) -> Mapping[str, str]:
        """The locked SHA-256 of each jar, by name."""
        lines = self._text(self.lock_file).splitlines()
        return {name: checksum for checksum, name in (line.split() for line in lines)}

    def fingerprint(self) -> str:
        """Changes when any jar does."""
        return hashlib.sha256(self._text(self.lock_file).encode()).hexdigest()[:12]

    @staticmethod
    def _text(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise BrokerError(
                f"{path} is not there: brokers of our own are started from a checkout of the project; "
                f"elsewhere name a Kafka of yours by HUIYIN_KAFKA__BOOTSTRAP"
            ) from error


def ensure_jars(jars: JarSet) -> Path:
    """The folder with exactly the locked jars, fetched if they are not there yet. Raises BrokerError.

    Two processes may call it at once: one fetches, the other waits.
    """
    folder = jars_folder(jars)
    if not is_fetched(jars):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder.with_name(f"{folder.name}.lock"))
        if not lock.take(LOCK_SECONDS):
            raise BrokerError(f"another process fetches Kafka's jars for too long; it holds {lock.path}")
        try:
            if not is_fetched(jars):
                _fetch(jars, folder)
        finally:
            lock.release()
    check(folder, jars.sums())
    return folder


def jars_folder(jars: JarSet) -> Path:
    """Where the jars are or will be: HUIYIN_KAFKA_JARS, else in the checkout's build folder."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given).resolve() if given else CHECKOUT / "build" / "kafka" / jars.version()


def is_fetched(jars: JarSet) -> bool:
    """Whether jars are there already; what they are is another question."""
    return any(jars_folder(jars).glob("*.jar"))


def check(folder: Path, sums: Mapping[str, str]) -> None:
    """Compares the jars of a folder with the lock. Raises BrokerError, which names each that is wrong."""
    found = {path.name: _sha256(path) for path in sorted(folder.glob("*.jar"))}
    wrong = [f"{name}: not in the lock" for name in found.keys() - sums.keys()]
    wrong += [f"{name}: missing" for name in sums.keys() - found.keys()]
    wrong += [
        f"{name}: SHA-256 is {found[name]}, locked is {sums[name]}"
        for name in found.keys() & sums.keys()
        if found[name] != sums[name]
    ]
    if wrong:
        raise BrokerError(
            f"Kafka 的 jar 与锁文件不符 · the jars in {folder} are not those of the lock: "
            f"{'; '.join(sorted(wrong))}. Remove the folder, and the next start fetches them again."
        )


def _fetch(jars: JarSet, folder: Path) -> None:
    """Fetches beside the final place, checks, and renames: what is there under that name is whole."""
    beside = f"{folder.name}.new."
    for left_over in folder.parent.glob(f"{beside}*"):  # of one that was killed meanwhile
        shutil.rmtree(left_over)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=beside))
    try:
        _copy_dependencies(jars.pom, fresh)
        check(fresh, jars.sums())
        fresh.chmod(0o755)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _copy_dependencies(pom: Path, folder: Path) -> None:
    program = [str(find_maven()), "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    program += ["-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; Maven has settings of its own in the environment
            program, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BrokerError(f"Maven did not fetch Kafka's jars within {FETCH_SECONDS} s") from error
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-_LAST_LINES:])
        raise BrokerError(f"未能下载 Kafka · Maven could not fetch Kafka's jars:\n{said}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


SERVER = "kafka.Kafka"
STORAGE_TOOL = "kafka.tools.StorageTool"
HEAP_MEBIBYTES = 256


class BrokersSeen(Protocol):
    """How many brokers are usable, and what was last said about the others."""

    @property
    def brokers(self) -> int: ...
    @property
    def said(self) -> str: ...


LookAtBrokers = Callable[[str, ClientProfile], BrokersSeen]
"""Asks brokers at an address, under an identity: with a client of Kafka, which starting things is not."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Java and Kafka, ready to be run.

    `archive` is a class-data archive, which halves the start; `checkpoint` is the content of the file that
    a formatted data folder begins with.
    """

    java: Path
    jars: tuple[Path, ...]
    log_settings: Path
    look_at_brokers: LookAtBrokers
    archive: Path | None = None
    checkpoint: bytes = b""
    options: tuple[str, ...] = ()

    def command(self, program: str, *arguments: str) -> tuple[str, ...]:
        """The command line of one of Kafka's programs."""
        # In the order of their names: the archive only holds for the very same class path.
        classes = os.pathsep.join(str(jar) for jar in sorted(self.jars))
        return (str(self.java), *self._options(), "-cp", classes, program, *arguments)

    def with_options(self, *options: str) -> "Runtime":
        """The same with further options of the virtual machine."""
        return replace(self, options=(*self.options, *options))

    def _options(self) -> Sequence[str]:
        shared = (f"-XX:SharedArchiveFile={self.archive}",) if self.archive else ()
        return (
            *("-Xms128m", f"-Xmx{HEAP_MEBIBYTES}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *("-XX:-UsePerfData", "-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr"),
            "-Djava.awt.headless=true",
            *(f"-Dlog4j2.configurationFile={self.log_settings}", "-XX:+ExitOnOutOfMemoryError"),
            *shared,
            *self.options,
        )
