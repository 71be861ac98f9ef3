"""The case view as bytes and back. The same view gives the same bytes, so that replay can compare them."""

import json
from typing import Any

from huiyin_domain.cases.parts import (
    CaseView,
    Filing,
    IntakePart,
    JudicialPart,
    ReceptionPart,
    SupervisionPart,
)
from huiyin_domain.participation import Ground, Participation

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_bytes(view: CaseView) -> bytes:
    """The view as JSON with sorted keys, in UTF-8."""
    fields = {
        "intake": _part(view.intake) | {"filing": view.intake.filing._asdict()},
        "judicial": _part(view.judicial),
        "reception": _part(view.reception),
        "supervision": _part(view.supervision),
        "event_count": view.event_count,
    }
    return _ENCODER.encode(fields).encode()


def _part(part: IntakePart | JudicialPart | ReceptionPart | SupervisionPart) -> dict[str, Any]:
    return part._asdict() | {"participation": part.participation._asdict()}


def from_bytes(data: bytes) -> CaseView:
    """The view that gave these bytes."""
    fields = json.loads(data)
    intake = _fields(fields["intake"])
    filing = Filing(**intake.pop("filing"))
    return CaseView(
        intake=IntakePart(filing=filing, **intake),
        judicial=JudicialPart(**_fields(fields["judicial"])),
        reception=ReceptionPart(**_fields(fields["reception"])),
        supervision=SupervisionPart(**_fields(fields["supervision"])),
        event_count=fields["event_count"],
    )


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists alone; the parts hold tuples."""
    held = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return held | {"participation": _participation(values["participation"])}


def _participation(values: dict[str, Any]) -> Participation:
    grounds = tuple(Ground(*ground) for ground in values["grounds"])
    return Participation(grounds, tuple(values["former"]), tuple(values["disputed"]))
