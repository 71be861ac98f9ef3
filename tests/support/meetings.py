"""Joint meetings for tests: the usual one at each of its points, and a checker of promise P6."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_CONFERENCE, Authority
from huiyin.intake.v1.types_pb2 import RESOLUTION_ITEM_KIND_ASSIGN, RESOLUTION_ITEM_KIND_TASK, Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1.types_pb2 import CaseAuthority, ResolutionItem
from huiyin_domain.context import Context, Principal
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.reception.meeting_state import Meeting
from tests.support import agencies
from tests.support.agencies import (
    BUREAU,
    CENTRE,
    CONFERENCE,
    HOUSING,
    LABOUR,
    LAND,
    NOW,
    SERVICE,
    identifier,
    officer,
    secret,
)
from tests.support.given import Given

CASE_1, CASE_2, OTHER_CASE = identifier(101), identifier(102), identifier(103)
PARTICIPANTS = (HOUSING, LABOUR, LAND)
MEETING_ID, RESOLUTION_ID = identifier(201), identifier(301)
LABEL_1, LABEL_2 = identifier(401), identifier(402)
ITEM_1, ITEM_2 = (str(uuid5(UUID(RESOLUTION_ID), label)) for label in (LABEL_1, LABEL_2))
"""The ids that the resolution gives to items that the caller labelled so."""


def standing(case_id: str = CASE_1, holder: str = HOUSING, epoch: int = 1, **fields: Any) -> Standing:
    """What intake says of a case; its responsible unit has the only part in it unless others are named."""
    given = {"parties": [holder], **fields}
    return Standing(case_id=case_id, version=1, responsible_unit=holder, epoch=epoch, **given)


STANDINGS = (standing(), standing(CASE_2, LABOUR))
"""The two cases of the usual meeting, each with a participant."""


def context(
    principal: Principal,
    new_ids: Sequence[str] = (),
    standings: Sequence[Standing] = STANDINGS,
    now: datetime = NOW,
) -> Context:
    """What a decision on a meeting may know."""
    return agencies.context(principal, new_ids, now, standings=standings)


def authority(case_id: str = CASE_1, holder: str = HOUSING) -> CaseAuthority:
    """The petition bureau sits for the joint conference of the county."""
    conference = Authority(kind=AUTHORITY_KIND_CONFERENCE, organ=CONFERENCE)
    return CaseAuthority(case_id=case_id, authority=conference, responsible_unit=holder, epoch=1)


def assign(case_id: str = CASE_1, unit: str = HOUSING, item_id: str = LABEL_1) -> ResolutionItem:
    """The unit becomes responsible for the case."""
    kind = RESOLUTION_ITEM_KIND_ASSIGN
    return ResolutionItem(item_id=item_id, case_id=case_id, kind=kind, unit=unit, epoch=1)


def task(case_id: str = CASE_2, unit: str = LABOUR, due_date: str = "2026-04-01") -> ResolutionItem:
    """The unit has something to do by a day."""
    kind = RESOLUTION_ITEM_KIND_TASK
    return ResolutionItem(item_id=LABEL_2, case_id=case_id, kind=kind, unit=unit, due_date=due_date, epoch=1)


def recorded() -> list[ResolutionItem]:
    """Both usual items as the resolution names them."""
    items = [assign(), task()]
    for item, item_id in zip(items, (ITEM_1, ITEM_2), strict=True):
        item.item_id = item_id
    return items


def convene(
    participants: Sequence[str] = PARTICIPANTS,
    case_ids: Sequence[str] = (CASE_1, CASE_2),
    centre: str = CENTRE,
) -> commands.ConveneMeetingRequest:
    """The petition bureau calls three agencies on two cases."""
    return commands.ConveneMeetingRequest(
        centre=centre, participants=participants, case_ids=case_ids, agenda=secret("agenda")
    )


def propose(*items: ResolutionItem) -> commands.ProposeResolutionRequest:
    """An assignment on one case, a task on the other."""
    return commands.ProposeResolutionRequest(items=items or (assign(), task()), minutes=secret("minutes"))


def sign(resolution_id: str = RESOLUTION_ID) -> commands.SignResolutionRequest:
    """A participant countersigns."""
    return commands.SignResolutionRequest(resolution_id=resolution_id)


def dissent(resolution_id: str = RESOLUTION_ID) -> commands.DissentFromResolutionRequest:
    """A participant dissents."""
    return commands.DissentFromResolutionRequest(resolution_id=resolution_id, reasons=secret("reasons"))


def bind(resolution_id: str = RESOLUTION_ID) -> commands.BindResolutionRequest:
    """The convener binds."""
    return commands.BindResolutionRequest(resolution_id=resolution_id)


def settle(item_id: str = ITEM_1, applied: bool = True, reason: str = "") -> commands.SettleItemRequest:
    """An item's case answers."""
    return commands.SettleItemRequest(
        resolution_id=RESOLUTION_ID, item_id=item_id, applied=applied, reason=reason
    )


def convened() -> Given[Meeting]:
    """Called."""
    return Given(MEETING).after(convene(), context(officer(BUREAU), [MEETING_ID]))


def sitting() -> Given[Meeting]:
    """Called and open."""
    return convened().after(commands.OpenMeetingRequest(present=PARTICIPANTS), context(officer(BUREAU)))


def proposed() -> Given[Meeting]:
    """A resolution lies before the participants."""
    return sitting().after(propose(), context(officer(BUREAU), [RESOLUTION_ID]))


def signed() -> Given[Meeting]:
    """Everybody signed."""
    meeting = proposed()
    for agency in PARTICIPANTS:
        meeting = meeting.after(sign(), context(officer(agency)))
    return meeting


def bound() -> Given[Meeting]:
    """The resolution binds."""
    return signed().after(bind(), context(officer(BUREAU)))


def settled() -> Given[Meeting]:
    """One item was applied, the other one refused."""
    meeting = bound().after(settle(ITEM_1), context(SERVICE))
    return meeting.after(settle(ITEM_2, applied=False, reason="STALE_EPOCH"), context(SERVICE))


def p6_violations(history: Sequence[Message]) -> list[str]:
    """What is wrong with one meeting's events, if anything: bound is bound (promise P6)."""
    return [fault for resolution in _resolutions(history) for fault in _violations(resolution)]


def _resolutions(history: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """The events from one proposal to the next; the next may only come once all is settled."""
    begins = [
        place
        for place, event in enumerate(history)
        if isinstance(event, events.ResolutionProposed) and _at_rest(history[:place])
    ]
    for begin, end in zip([0, *begins], [*begins, len(history)], strict=True):
        yield history[begin:end]


def _at_rest(before: Sequence[Message]) -> bool:
    """True unless something is bound that is not settled."""
    ends = [one for one in before if isinstance(one, events.ResolutionBound | events.ResolutionSettled)]
    return not ends or isinstance(ends[-1], events.ResolutionSettled)


def _violations(history: Sequence[Message]) -> list[str]:
    bindings = [place for place, event in enumerate(history) if isinstance(event, events.ResolutionBound)]
    until = bindings[0] if bindings else len(history)
    before, after = history[:until], history[until:]
    return [*_spoken_twice(history), *_before_binding(before), *_after_binding(after)]


def _spoken_twice(history: Sequence[Message]) -> Iterator[str]:
    spoken: set[str] = set()
    for event in history:
        if isinstance(event, events.ResolutionProposed):
            spoken = set()
        if isinstance(event, events.ResolutionSigned | events.ResolutionDissented):
            if event.agency in spoken:
                yield f"{event.agency} spoke twice on the same resolution"
            spoken.add(event.agency)


def _before_binding(history: Sequence[Message]) -> Iterator[str]:
    if any(isinstance(event, events.ItemSettled | events.ResolutionSettled) for event in history):
        yield "something was settled that was not bound"


def _after_binding(history: Sequence[Message]) -> Iterator[str]:
    bound = {item.item_id for event in history[:1] for item in _items(event)}
    settled: list[str] = []
    for event in history[1:]:
        match event:
            case events.ItemSettled():
                settled.append(event.item_id)
            case events.ResolutionSettled() | events.MeetingClosed():
                if set(settled) != bound:
                    yield "it came to its end with unsettled items"
            case _:
                yield "something else than settling came after the binding, such as another binding"
    if len(settled) != len(set(settled)) or not bound.issuperset(settled):
        yield "an item was settled twice, or was not bound"


def _items(event: Message) -> Sequence[ResolutionItem]:
    assert isinstance(event, events.ResolutionBound)
    return event.items
