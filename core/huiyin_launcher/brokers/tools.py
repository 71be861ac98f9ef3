"""Finds the programs that brokers need: Java to run them, Maven to fetch their jars once."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from huiyin_launcher.brokers.errors import ToolMissingError

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
