"""Every event of the contracts is known to the codec, and no contract collects what it must not."""

import re
from collections.abc import Iterator
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

from huiyin_kernel.codec import EVENT_TYPES
from tests.house.tree import ROOT, forbidden_names


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> FileDescriptorSet:
    """All contracts, compiled from their sources."""
    out = tmp_path_factory.mktemp("contracts") / "all.bin"
    files = [str(path) for path in sorted((ROOT / "proto" / "huiyin").rglob("*.proto"))]
    includes = [f"-I{ROOT / 'proto'}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
    assert protoc.main(["protoc", *includes, f"--descriptor_set_out={out}", *files]) == 0
    return FileDescriptorSet.FromString(out.read_bytes())


def names(contracts: FileDescriptorSet) -> Iterator[str]:
    """Names of all messages, fields, enums, values and rpcs."""
    for file in contracts.file:
        for message in file.message_type:
            yield message.name
            yield from (field.name for field in message.field)
        for enum in file.enum_type:
            yield enum.name
            yield from (value.name for value in enum.value)
        for service in file.service:
            yield from (method.name for method in service.method)


def test_every_event_is_known_to_the_codec(contracts: FileDescriptorSet) -> None:
    events = {
        f"{file.package}.{message.name}"
        for file in contracts.file
        if file.name.endswith("/events.proto")
        for message in file.message_type
    }
    assert events == set(EVENT_TYPES)


def test_every_rpc_has_a_request_and_a_response_of_its_own(contracts: FileDescriptorSet) -> None:
    used = [
        name
        for file in contracts.file
        for service in file.service
        for method in service.method
        for name in (method.input_type, method.output_type)
    ]
    assert len(used) == len(set(used))


def test_no_contract_collects_what_must_never_be_collected(contracts: FileDescriptorSet) -> None:
    assert forbidden_names(names(contracts)) == []


@pytest.mark.parametrize(
    "name",
    [
        "ethnicity",
        "political_status",
        "risk_level",
        "credit_score",
        "WATCH_LIST_ENTRY",
        "key_person",
        "household",
    ],
)
def test_a_field_that_must_never_be_is_found(name: str) -> None:
    assert forbidden_names([name]) == [name]


def test_no_contract_speaks_of_control_over_petitioners() -> None:
    words = re.compile("稳控|重点人员|扬言|缠访|闹访")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "proto" / "huiyin").rglob("*.proto"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if words.search(line)
    ]
    assert found == []
