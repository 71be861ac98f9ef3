"""Facts of the judicial track and of joint meetings, as they reach petitions in tests."""

from collections.abc import Iterable, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.reactions import apply_resolution, on_acknowledged, on_handed_back
from tests.support.deciding import identity
from tests.support.small_policy import DIRECTORY, OFFICE
from tests.unit.intake.petitions import Case

MEETING, RESOLUTION, REFERRAL = identity(1001), identity(1002), identity(1003)
INTAKE = Principal("intake", "", frozenset({Role.SERVICE}))
ASSIGN, TASK = types.RESOLUTION_ITEM_KIND_ASSIGN, types.RESOLUTION_ITEM_KIND_TASK
REVOKE, MOVE_TASK = types.RESOLUTION_ITEM_KIND_REVOKE_TASK, types.RESOLUTION_ITEM_KIND_MOVE_TASK
EVERYBODY = [*(organisation.code for organisation in DIRECTORY), "nobody"]


def offered(case: Case, organ: str, referral_id: str = REFERRAL) -> str:
    """The matter was offered to the organ, at the present epoch."""
    offer = events.CaseOffered(
        offer_id=referral_id,
        case_id=case.state.case_id,
        from_unit=case.state.holder,
        to_unit=organ,
        epoch=case.state.epoch,
    )
    case.given(offer)
    return referral_id


def taking(case: Case, referral_id: str, organ: str, epoch: int = 0) -> Sequence[Message]:
    """What the case does when it hears that the organ took the matter."""
    event = judicial.ReferralAcknowledged(organ=organ, epoch=epoch)
    return on_acknowledged(case.state, referral_id, event, case.context(INTAKE))


def giving_back(
    case: Case, referral_id: str, organ: str, concluded: bool, to_unit: str = OFFICE
) -> Sequence[Message]:
    """What the case does when it hears that the organ handed the matter back."""
    event = judicial.ReferralHandedBack(organ=organ, concluded=concluded, to_unit=to_unit)
    return on_handed_back(case.state, referral_id, event, case.context(INTAKE))


def acknowledged(case: Case, organ: str, referral_id: str = REFERRAL) -> str:
    """The organ was offered the matter and took it."""
    offered(case, organ, referral_id)
    case.given(*taking(case, referral_id, organ))
    return referral_id


def returned(case: Case, referral_id: str, concluded: bool, to_unit: str = OFFICE) -> Sequence[Message]:
    """The organ handed the matter back."""
    decision = giving_back(case, referral_id, case.state.holder, concluded, to_unit)
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
) -> Mapping[str, Sequence[Message]]:
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
) -> Mapping[str, Sequence[Message]]:
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
