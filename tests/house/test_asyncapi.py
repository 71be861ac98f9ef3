"""docs/asyncapi.yaml is what the catalogue and the contracts say, and AsyncAPI's own parser accepts it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from huiyin_kafka.topics.catalogue import read_catalogue
from tests.asyncapi.parsing import SOURCES, Parsed, parse
from tests.asyncapi.writing import PLACE, generated

RIGHT = "as it is"
AGENCY_SENDS = "agency.send.huiyin.agency.v1.inbox"
BROKEN = {
    "a message that is nowhere": ("messages/huiyin.exchange.v1.AgencyMessage'", "messages/nothing'"),
    "an operation that is none": ("action: send", "action: shout"),
    "a channel that is a list": ("address: huiyin.case.v1.timeline", "address: [huiyin.case.v1.timeline]"),
    "partitions that are no number": ("partitions: 6", "partitions: six"),
}


@pytest.fixture(scope="module")
def text() -> str:
    """The document as it ought to be."""
    return generated()


@pytest.fixture(scope="module")
def content(text: str) -> dict[str, Any]:
    """What is in it."""
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_the_document_is_what_would_be_generated_now(text: str) -> None:
    assert PLACE.read_text(encoding="utf-8") == text, "run `make asyncapi` and commit docs/asyncapi.yaml"


def test_every_topic_of_the_catalogue_that_carries_messages_is_a_channel(content: dict[str, Any]) -> None:
    shown = {channel["address"] for channel in content["channels"].values()}
    assert shown == {entry.name for entry in read_catalogue().topics if entry.messages}


def test_an_agency_sends_to_its_inbox_and_receives_its_cases_and_receipts(content: dict[str, Any]) -> None:
    operations = content["operations"]
    own = {name for name, each in operations.items() if each["tags"] == [{"name": "agency"}]}
    assert {name for name in own if name.startswith("agency.")} == {
        AGENCY_SENDS,
        "agency.receive.huiyin.agency.v1.cases",
        "agency.receive.huiyin.agency.v1.receipts",
    }
    assert [name for name in own if operations[name]["action"] == "send"] == [AGENCY_SENDS]


@pytest.fixture(scope="module")
def parsed(text: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Parsed]:
    """What the parser says of the document, and of one with each of the faults."""
    folder, texts = tmp_path_factory.mktemp("documents"), {RIGHT: text}
    for name, (right, wrong) in BROKEN.items():
        assert right in text
        texts[name] = text.replace(right, wrong, 1)
    paths = [folder / f"{number}.yaml" for number in range(len(texts))]
    for path, content in zip(paths, texts.values(), strict=True):
        path.write_text(content, encoding="utf-8")
    return dict(zip(texts, parse(*paths), strict=True))


def test_the_parser_of_asyncapi_accepts_the_document(
    parsed: dict[str, Parsed], content: dict[str, Any]
) -> None:
    right = parsed[RIGHT]
    assert (right.errors, right.warnings) == ([], [])
    assert right.channels == [channel["address"] for channel in content["channels"].values()]


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_document_is_found_by_the_parser(parsed: dict[str, Parsed], fault: str) -> None:
    assert parsed[fault].errors


def test_the_parser_is_locked_with_hashes_and_without_addresses() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all("resolved" not in package and "integrity" in package for package in packages.values())
    wanted = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


@pytest.mark.parametrize("ci, outcome", [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_node_the_check_is_left_out_aloud_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no node and no npm on PATH"):
        parse(PLACE)
