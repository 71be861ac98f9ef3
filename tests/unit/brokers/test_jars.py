"""Kafka's jars are exactly those of the lock, fetched once, also when two processes ask at the same time."""

import hashlib
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from huiyin_launcher.brokers.jars import (
    FOLDER_VARIABLE,
    BrokerError,
    JarSet,
    ToolMissingError,
    check,
    ensure_jars,
    find_java,
    find_maven,
)

POM = "<project><kafka.version>9.9.9</kafka.version></project>"
# Stands in for Maven, and notes each call: the order of two processes is the point, not the download.
MAVEN = """#!{python} -S
import sys, time
from pathlib import Path
folder = Path(next(a.partition("=")[2] for a in sys.argv if a.startswith("-DoutputDirectory=")))
with open({calls!r}, "a") as calls:
    calls.write("called\\n")
time.sleep(0.3)
for name in ("one.jar", "two.jar"):
    (folder / name).write_text(name)
"""


@pytest.fixture
def jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JarSet:
    """A set of two jars, to be kept in a folder of the test's own."""
    pom = tmp_path / "pom.xml"
    pom.write_text(POM)
    lines = [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("one.jar", "two.jar")]
    (tmp_path / "jars.sha256").write_text("".join(lines))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache" / "jars"))
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(MAVEN.format(python=sys.executable, calls=str(tmp_path / "calls")))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return JarSet(pom)


def calls(jars: JarSet) -> int:
    return jars.pom.with_name("calls").read_text().count("called")


def test_jars_are_fetched_once(jars: JarSet) -> None:
    folder = ensure_jars(jars)
    assert ensure_jars(jars) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["one.jar", "two.jar"]
    assert calls(jars) == 1


def test_two_that_ask_at_once_fetch_once(jars: JarSet) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(ensure_jars, (jars, jars))
    assert one == other
    assert calls(jars) == 1


def test_what_a_killed_fetch_left_behind_is_removed(jars: JarSet) -> None:
    left_over = jars.pom.with_name("cache") / "jars.new.of-a-killed-one"
    left_over.mkdir(parents=True)
    ensure_jars(jars)
    assert not left_over.exists()


def test_a_jar_of_another_content_is_refused_by_name(jars: JarSet) -> None:
    (ensure_jars(jars) / "two.jar").write_text("something else")
    with pytest.raises(BrokerError, match=r"two\.jar: SHA-256 is [0-9a-f]{64}, locked is [0-9a-f]{64}"):
        ensure_jars(jars)


def test_a_jar_that_the_lock_does_not_name_is_refused(jars: JarSet) -> None:
    (ensure_jars(jars) / "three.jar").write_text("something else")
    with pytest.raises(BrokerError, match=r"three\.jar: not in the lock"):
        ensure_jars(jars)


def test_a_missing_jar_is_named(jars: JarSet) -> None:
    (ensure_jars(jars) / "one.jar").unlink()
    with pytest.raises(BrokerError, match=r"one\.jar: missing"):
        ensure_jars(jars)


def test_what_maven_brings_is_not_kept_when_it_is_wrong(jars: JarSet) -> None:
    jars.lock_file.write_text(f"{'0' * 64}  one.jar\n")
    with pytest.raises(BrokerError, match=r"one\.jar: SHA-256"):
        ensure_jars(jars)
    cache = jars.pom.with_name("cache")
    assert [path.name for path in cache.iterdir()] == ["jars.lock"]


def test_a_fetch_that_fails_tells_what_maven_said(jars: JarSet, tmp_path: Path) -> None:
    (tmp_path / "bin" / "mvn").write_text("#!/bin/sh\necho 'no route to the repository'; exit 1\n")
    with pytest.raises(BrokerError, match="no route to the repository"):
        ensure_jars(jars)


def test_a_machine_without_maven_is_told_what_to_install(
    jars: JarSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(jars.pom.with_name("nothing")))
    with pytest.raises(ToolMissingError, match=r"no Maven .* apt install maven"):
        ensure_jars(jars)


def test_jars_that_are_there_need_no_maven(jars: JarSet, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ensure_jars(jars)
    monkeypatch.setenv("PATH", str(jars.pom.with_name("nothing")))
    assert ensure_jars(jars) == folder
    with pytest.raises(ToolMissingError):
        find_maven()


@pytest.mark.parametrize(("said", "refusal"), [("1.8.0_392", "version 1.8"), ("11.0.2", "version 11")])
def test_an_old_java_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, refusal: str
) -> None:
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{said}\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ToolMissingError, match=refusal):
        find_java()


def test_without_java_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match=r"no Java is on PATH.*openjdk-17"):
        find_java()


def test_the_projects_own_lock_names_the_pinned_kafka() -> None:
    jars = JarSet()
    assert f"kafka_2.13-{jars.version()}.jar" in jars.sums()
    assert all(len(checksum) == 64 for checksum in jars.sums().values())


def test_an_empty_folder_has_none_of_the_jars(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"kafka_2\.13-.*: missing"):
        check(tmp_path, JarSet().sums())
