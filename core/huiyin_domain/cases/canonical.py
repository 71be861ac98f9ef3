"""The case view as bytes and back. The same view gives the same bytes, so that replay can compare them."""

import json
from typing import Any, TypeVar

from huiyin_domain.cases.parts import (
    CaseView,
    Filing,
    IntakePart,
    JudicialPart,
    ReceptionPart,
    SupervisionPart,
)

PartT = TypeVar("PartT")


def to_bytes(view: CaseView) -> bytes:
    """The view as JSON with sorted keys, in UTF-8."""
    text = json.dumps(view, default=_fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def from_bytes(data: bytes) -> CaseView:
    """The view that gave these bytes."""
    view = json.loads(data)
    intake = view["intake"]
    intake["filing"] = Filing(**intake["filing"])
    return CaseView(
        intake=_part(IntakePart, intake),
        judicial=_part(JudicialPart, view["judicial"]),
        reception=_part(ReceptionPart, view["reception"]),
        supervision=_part(SupervisionPart, view["supervision"]),
        event_count=view["event_count"],
    )


def _fields(part: Any) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__dataclass_fields__}


def _part(cls: type[PartT], fields: dict[str, Any]) -> PartT:
    return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})
