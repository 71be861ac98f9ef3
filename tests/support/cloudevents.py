"""The CloudEvents 1.0 rules that a record must keep, as outside clients read it (Kafka binding, binary mode).

The rules are those of the official JSON schema (cloudevents.json, version 1.0.2) and of the specification's
sections on attribute names and on the Kafka protocol binding.
"""

import re
from collections.abc import Sequence
from datetime import datetime

REQUIRED = ("id", "source", "specversion", "type")
_NAME = re.compile(r"[a-z0-9]{1,20}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
# RFC 3986: what may stand in a URI reference; a scheme makes it absolute.
_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+\-]+/[\w!#$&^.+\-]+(?:; ?[\w\-]+=[\w\-\"]+)*")


def attributes_of(headers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """The attributes in a record's headers: ce_ ones, and content-type as datacontenttype."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == "content-type":
            found["datacontenttype"] = value.decode()
        elif name.startswith("ce_"):
            found[name.removeprefix("ce_")] = value.decode()
    return found


def faults(headers: Sequence[tuple[str, bytes]]) -> list[str]:
    """What is wrong with the headers, sentence by sentence; nothing when they are a CloudEvent."""
    names = [name for name, _ in headers]
    found = [f"{name} stands twice" for name in sorted(set(names)) if names.count(name) > 1]
    attributes = attributes_of(headers)
    found += [f"{name} is required" for name in REQUIRED if name not in attributes]
    found += [f"{name} is empty" for name, value in attributes.items() if not value]
    found += [f"{name} is no attribute name" for name in attributes if not _NAME.fullmatch(name)]
    found += [f"{name} has a control character" for name, value in attributes.items() if _controls(value)]
    return found + [fault for fault in map(_fault, attributes.items()) if fault]


def _controls(value: str) -> bool:
    return any(ord(character) < 32 or 127 <= ord(character) < 160 for character in value)


def _fault(attribute: tuple[str, str]) -> str:
    name, value = attribute
    right = {
        "specversion": lambda: value == "1.0",
        "source": lambda: bool(_URI_REFERENCE.fullmatch(value)),
        "dataschema": lambda: bool(_URI_REFERENCE.fullmatch(value) and _SCHEME.match(value)),
        "time": lambda: bool(_TIME.fullmatch(value) and datetime.fromisoformat(value).tzinfo),
        "datacontenttype": lambda: bool(_MEDIA_TYPE.fullmatch(value)),
    }
    return "" if name not in right or right[name]() else f"{name} cannot be {value!r}"
