"""JSON schemas of messages, as protobuf's JSON mapping writes them with the field names of the contracts."""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from tests.asyncapi.contracts import Contracts, EnumType, Field, MessageType

Schema = dict[str, Any]
Kinds = FieldDescriptorProto

SCALARS: dict[int, Schema] = {
    Kinds.TYPE_DOUBLE: {"type": "number", "format": "double"},
    Kinds.TYPE_FLOAT: {"type": "number", "format": "float"},
    Kinds.TYPE_INT64: {"type": "string", "format": "int64"},
    Kinds.TYPE_UINT64: {"type": "string", "format": "uint64"},
    Kinds.TYPE_INT32: {"type": "integer", "format": "int32"},
    Kinds.TYPE_UINT32: {"type": "integer", "format": "uint32"},
    Kinds.TYPE_BOOL: {"type": "boolean"},
    Kinds.TYPE_STRING: {"type": "string"},
    Kinds.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Any": {
        "type": "object",
        "required": ["@type"],
        "properties": {"@type": {"type": "string"}},
    },
}


class UnknownKindError(Exception):
    """A contract uses a kind of field that this generator does not know: add it to the tables above."""


def schemas(contracts: Contracts, roots: Iterable[str]) -> dict[str, Schema]:
    """Schemas of the messages and of everything that they refer to, by full name."""
    waiting, made = list(roots), dict[str, Schema]()
    while waiting:
        name = waiting.pop()
        if name in made:
            continue
        if name in contracts.enums:
            made[name] = _enum(contracts.enums[name])
        else:
            message = contracts.messages[name]
            made[name] = _message(message)
            waiting += _referred(message)
    return dict(sorted(made.items()))


def _message(message: MessageType) -> Schema:
    schema: Schema = {"type": "object", "description": message.comment, "x-protobuf-file": message.file}
    if message.fields:
        schema["properties"] = {field.of.name: _field(field, message) for field in message.fields}
    return schema


def _enum(each: EnumType) -> Schema:
    lines = [f"{value}: {comment}" for value, comment in each.values.items()]
    return {"type": "string", "description": "\n".join([each.comment, *lines]), "enum": list(each.values)}


def _field(field: Field, message: MessageType) -> Schema:
    said = {"description": field.comment} if field.comment else {}
    name = field.of.type_name.removeprefix(".")
    if name in message.entries:
        value = next(each for each in message.entries[name].field if each.name == "value")
        return said | {"type": "object", "additionalProperties": _value(value)}
    if field.of.label == Kinds.LABEL_REPEATED:
        return said | {"type": "array", "items": _value(field.of)}
    value_schema = _value(field.of)
    # Beside a reference nothing else is read.
    return {"allOf": [value_schema], **said} if "$ref" in value_schema else said | value_schema


def _value(field: FieldDescriptorProto) -> Schema:
    name = field.type_name.removeprefix(".")
    if name in WELL_KNOWN:
        return dict(WELL_KNOWN[name])
    if field.type in (Kinds.TYPE_MESSAGE, Kinds.TYPE_ENUM):
        return {"$ref": f"#/components/schemas/{name}"}
    if field.type not in SCALARS:
        raise UnknownKindError(f"field {field.name}: type {field.type}")
    return dict(SCALARS[field.type])


def _referred(message: MessageType) -> Iterator[str]:
    fields = [field.of for field in message.fields]
    fields += [inner for entry in message.entries.values() for inner in entry.field]
    for field in fields:
        name = field.type_name.removeprefix(".")
        if name and name not in WELL_KNOWN and name not in message.entries:
            yield name
