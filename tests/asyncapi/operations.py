"""Who sends to and receives from a topic: operations from an agency's and from the platform's view."""

from collections.abc import Iterator
from typing import Any

from huiyin_kafka.topics.catalogue import AGENCY, OPERATORS, TopicEntry
from huiyin_kafka.topics.names import agency_group, service_group

Node = dict[str, Any]

BINDING = "0.5.0"
NAMES = {AGENCY: "agency", OPERATORS: "centre-operator"}
WHO = {
    AGENCY: ("单位系统", "An agency's system"),
    OPERATORS: ("主办联合接访中心的单位", "The system of an agency that runs the joint reception centre"),
}
DOES = {"send": ("写入", "publishes here"), "receive": ("读取", "reads here")}


def operations(entry: TopicEntry, channel: str) -> Iterator[tuple[str, Node]]:
    """The operations on a topic, by their ids."""
    for action, principals in (("send", entry.writers), ("receive", entry.readers)):
        for principal in principals:
            name = NAMES.get(principal, principal)
            yield f"{name}.{action}.{channel}", _operation(action, principal, channel)


def _operation(action: str, principal: str, channel: str) -> Node:
    who_zh, who_en = WHO.get(principal, (f"平台进程 {principal} ", f"The platform's {principal}"))
    does_zh, does_en = DOES[action]
    node: Node = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": f"{who_zh}{does_zh} · {who_en} {does_en}.",
        "tags": [{"name": "agency" if principal in WHO else "platform"}],
    }
    if action == "receive":
        node["bindings"] = {"kafka": {"groupId": _group(principal), "bindingVersion": BINDING}}
    return node


def _group(principal: str) -> Node:
    if principal not in WHO:
        return {"type": "string", "pattern": f"^{service_group(principal)}"}
    description = "以本单位代码开头 · The code is the reader's own."
    return {"type": "string", "pattern": f"^{agency_group('[0-9A-Z]{18}', '')}", "description": description}
