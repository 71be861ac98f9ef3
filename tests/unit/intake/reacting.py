"""Facts of the judicial track and of joint meetings, as they reach petitions in tests."""

from collections.abc import Iterable, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.intake.reactions import apply_resolution, on_referral_acknowledged, on_referral_returned
from huiyin_domain.principal import Principal, Role
from huiyin_domain.refusal import Refusal
from tests.support.deciding import identity
from tests.support.small_policy import DIRECTORY, OFFICE
from tests.unit.intake.petitions import Case

MEETING, RESOLUTION, REFERRAL = identity(1001), identity(1002), identity(1003)
INTAKE = Principal("intake", "", frozenset({Role.SERVICE}))
ASSIGN, TASK = types.RESOLUTION_ITEM_KIND_ASSIGN, types.RESOLUTION_ITEM_KIND_TASK
REVOKE, MOVE_TASK = types.RESOLUTION_ITEM_KIND_REVOKE_TASK, types.RESOLUTION_ITEM_KIND_MOVE_TASK
EVERYBODY = [*(organisation.code for organisation in DIRECTORY), "nobody"]


def acknowledged(case: Case, organ: str, referral_id: str = REFERRAL) -> str:
    """The organ took the matter."""
    decision = on_referral_acknowledged(case.state, referral_id, organ, case.context(INTAKE))
    assert not isinstance(decision, Refusal), decision
    case.given(*decision)
    return referral_id


def returned(case: Case, referral_id: str, concluded: bool, to_unit: str = OFFICE) -> Sequence[Message]:
    """The organ handed the matter back."""
    decision = on_referral_returned(
        case.state, referral_id, case.state.holder, concluded, to_unit, case.context(INTAKE)
    )
    assert not isinstance(decision, Refusal), decision
    case.given(*decision)
    return decision


def item(
    case: Case, number: int, kind: types.ResolutionItemKind.ValueType, unit: str, epoch: int = 0
) -> ResolutionItem:
    """An item as the meeting resolved it, on the epoch it knew."""
    return ResolutionItem(
        item_id=identity(2000 + number),
        case_id=case.state.case_id,
        kind=kind,
        unit=unit,
        due_date="2026-05-29" if kind == TASK else "",
        epoch=epoch or case.state.epoch,
    )


def decided(
    cases: Sequence[Case],
    *items: ResolutionItem,
    signed_by: Iterable[str] | None = None,
    ordered_by: Iterable[Authority] = (),
) -> Mapping[str, list[Message]]:
    """What the resolution would change; everybody has signed it unless other names are given."""
    states = {case.state.case_id: case.state for case in cases}
    event = ResolutionBound(
        meeting_id=MEETING,
        resolution_id=RESOLUTION,
        items=items,
        signed_by=EVERYBODY if signed_by is None else signed_by,
        ordered_by=ordered_by,
    )
    return apply_resolution(states, event, cases[0].context(INTAKE))


def bound(
    cases: Sequence[Case],
    *items: ResolutionItem,
    signed_by: Iterable[str] | None = None,
    ordered_by: Iterable[Authority] = (),
) -> Mapping[str, list[Message]]:
    """The resolution binds, and its events happen; binding it again would change nothing."""
    changes = decided(cases, *items, signed_by=signed_by, ordered_by=ordered_by)
    for case in cases:
        case.given(*changes.get(case.state.case_id, ()))
    assert not decided(cases, *items, signed_by=signed_by, ordered_by=ordered_by)
    return changes


def with_task(case: Case, unit: str) -> str:
    """A unit has a task from a resolution; the item's id."""
    one = item(case, 1, TASK, unit)
    bound([case], one)
    return one.item_id
