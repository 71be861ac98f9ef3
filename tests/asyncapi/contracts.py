"""The contracts, compiled from their sources, so that what is said beside a message or field is there too."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from tests.house.tree import ROOT

SOURCES = ROOT / "proto"
# Numbers of fields in descriptor.proto, by which comments are placed.
FILE_MESSAGE, FILE_ENUM, MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_ENUM, ENUM_VALUE = 4, 5, 2, 3, 4, 2

Where = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message and what is said about it."""

    of: FieldDescriptorProto
    comment: str


@dataclass(frozen=True, slots=True)
class MessageType:
    """A message: its file, its fields, what is said about it. `entries` are its maps, by full name."""

    name: str
    file: str
    comment: str
    fields: Sequence[Field]
    entries: Mapping[str, DescriptorProto]


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enumeration with what is said about it and each of its values."""

    name: str
    comment: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contracts:
    """Messages and enumerations by full name."""

    messages: Mapping[str, MessageType]
    enums: Mapping[str, EnumType]


def read_contracts() -> Contracts:
    """Compiles every contract of the project."""
    messages: dict[str, MessageType] = {}
    enums: dict[str, EnumType] = {}
    for file in _compiled().file:
        reader = _Reader(file)
        messages |= {message.name: message for message in reader.messages()}
        enums |= {each.name: each for each in reader.enums()}
    return Contracts(messages, enums)


def _compiled() -> FileDescriptorSet:
    sources = [str(path) for path in sorted((SOURCES / "huiyin").rglob("*.proto"))]
    includes = [f"-I{SOURCES}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "all.bin"
        options = ["--include_source_info", f"--descriptor_set_out={out}"]
        compiler = [sys.executable, "-m", "grpc_tools.protoc", *includes, *options, *sources]
        subprocess.run(compiler, check=True, capture_output=True)
        return FileDescriptorSet.FromString(out.read_bytes())


class _Reader:
    """One file."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self._file = file
        self._comments: dict[Where, str] = {
            tuple(place.path): " ".join(place.leading_comments.split())
            for place in file.source_code_info.location
        }

    def messages(self) -> Iterator[MessageType]:
        """Every message, nested ones too, but for the entries of maps."""
        for number, message in enumerate(self._file.message_type):
            yield from self._message(message, self._file.package, (FILE_MESSAGE, number))

    def enums(self) -> Iterator[EnumType]:
        """Every enumeration, nested ones too."""
        for number, each in enumerate(self._file.enum_type):
            yield self._enum(each, self._file.package, (FILE_ENUM, number))
        for number, message in enumerate(self._file.message_type):
            for inner, each in enumerate(message.enum_type):
                where = (FILE_MESSAGE, number, MESSAGE_ENUM, inner)
                yield self._enum(each, f"{self._file.package}.{message.name}", where)

    def _message(self, message: DescriptorProto, scope: str, where: Where) -> Iterator[MessageType]:
        name = f"{scope}.{message.name}"
        fields = [
            Field(field, self._comments.get((*where, MESSAGE_FIELD, number), ""))
            for number, field in enumerate(message.field)
        ]
        maps = {f"{name}.{inner.name}": inner for inner in message.nested_type if inner.options.map_entry}
        yield MessageType(name, self._file.name, self._comments.get(where, ""), fields, maps)
        for number, inner in enumerate(message.nested_type):
            if not inner.options.map_entry:
                yield from self._message(inner, name, (*where, MESSAGE_NESTED, number))

    def _enum(self, each: EnumDescriptorProto, scope: str, where: Where) -> EnumType:
        values = {
            value.name: self._comments.get((*where, ENUM_VALUE, number), "")
            for number, value in enumerate(each.value)
        }
        return EnumType(f"{scope}.{each.name}", self._comments.get(where, ""), values)
