"""The AsyncAPI document: channels, operations and messages, from the catalogue and the contracts."""

from collections.abc import Iterable
from typing import Any

from huiyin.exchange.v1.types_pb2 import AgencyMessage
from huiyin_domain.exchange.policy import COMMANDS
from huiyin_kafka.topics.catalogue import Catalogue, TopicEntry
from huiyin_kafka.topics.wanted import configs_of
from huiyin_kernel.codec import EVENT_TYPES
from huiyin_kernel.settings import KafkaSettings
from tests.asyncapi.contracts import Contracts
from tests.asyncapi.headers import KINDS, headers_of, kind_of
from tests.asyncapi.operations import operations
from tests.asyncapi.schemas import schemas

Node = dict[str, Any]

BINDING = "0.5.0"
REPLICATION = KafkaSettings().replication
AGENCY_MESSAGE = AgencyMessage.DESCRIPTOR.full_name
METADATA = "huiyin.event.v1.EventMetadata"
"""Not in any value, but in a header of every event."""


def document(catalogue: Catalogue, contracts: Contracts, head: Node) -> Node:
    """The whole document. Topics that only the stream workers themselves understand are left out."""
    shown = [entry for entry in catalogue.topics if entry.messages]
    carried = {name: entry for entry in shown for name in messages_of(entry)}
    return {
        **head,
        "channels": {channel_id(entry): _channel(entry) for entry in shown},
        "operations": dict(one for entry in shown for one in operations(entry, channel_id(entry))),
        "components": {
            "messages": {name: _message(name, carried[name], contracts) for name in sorted(carried)},
            "schemas": _schemas(carried, contracts),
            "securitySchemes": {"certificate": {"type": "X509"}},
        },
    }


def messages_of(entry: TopicEntry) -> list[str]:
    """Full names of all messages of a topic."""
    found = [name for name in entry.messages if not name.endswith(".*")]
    packages = tuple(name.removesuffix("*") for name in entry.messages if name.endswith(".*"))
    return sorted(name for name in EVENT_TYPES if name.startswith(packages)) + found if packages else found


def channel_id(entry: TopicEntry) -> str:
    """The topic's name without organisation code."""
    return entry.prefix.rstrip(".")


def _channel(entry: TopicEntry) -> Node:
    node: Node = {"address": entry.name, "title": entry.zh, "summary": entry.en}
    if entry.is_per_agency:
        node["parameters"] = {"agency": {"description": "统一社会信用代码 · Organisation code."}}
    node["messages"] = {
        name.rpartition(".")[2]: {"$ref": f"#/components/messages/{name}"} for name in messages_of(entry)
    }
    node["bindings"] = {"kafka": _binding(entry)}
    return node


def _binding(entry: TopicEntry) -> Node:
    configs: Node = {key: _number(value) for key, value in configs_of(entry, REPLICATION).items()}
    configs["cleanup.policy"] = [entry.cleanup]
    return {
        "partitions": entry.partitions,
        "replicas": REPLICATION,
        "topicConfiguration": configs,
        "bindingVersion": BINDING,
    }


def _number(value: str) -> int | str:
    return int(value) if value.lstrip("-").isdigit() else value


def _message(name: str, entry: TopicEntry, contracts: Contracts) -> Node:
    node: Node = {
        "name": name,
        "title": name.rpartition(".")[2],
        "summary": contracts.messages[name].comment,
        "contentType": "application/protobuf",
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }
    if entry.cleanup == "compact":
        node["description"] = "无值即已取消 · A record without value: the key has none any more."
    if kind := kind_of(name):
        node["headers"] = {"$ref": f"#/components/schemas/headers.{kind}"}
    if entry.key:
        key = {"type": "string", "description": f"{entry.key.zh} · {entry.key.en}"}
        node["bindings"] = {"kafka": {"key": key, "bindingVersion": BINDING}}
    return node


def _schemas(carried: Iterable[str], contracts: Contracts) -> Node:
    used = {kind_of(name) for name in carried}
    made = schemas(contracts, [*carried, *COMMANDS, METADATA])
    made[AGENCY_MESSAGE]["properties"]["command"]["oneOf"] = [_in_any(name) for name in sorted(COMMANDS)]
    return {**{f"headers.{kind}": headers_of(kind) for kind in KINDS if kind in used}, **made}


def _in_any(name: str) -> Node:
    """A message inside google.protobuf.Any."""
    kind = {"properties": {"@type": {"const": f"type.googleapis.com/{name}"}}}
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}, kind]}
