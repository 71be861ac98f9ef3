"""Centres, visits and joint meetings of a recorded history: resolutions applied, refused, proposed anew."""

from datetime import timedelta
from typing import Any

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.directory import OrganisationKind
from tests.histories.desks import StoryDesks
from tests.histories.filing import registered
from tests.mainjob.desk import Desk
from tests.mainjob.life import Life, text
from tests.mainjob.lives import accept, classify_claim, hand_over
from tests.mainjob.meetings import settled, together
from tests.support.calling import CENTRE, CITY, HOUSING, LABOUR, LAND
from tests.support.pausing import paused

ASSIGN, TASK = types.RESOLUTION_ITEM_KIND_ASSIGN, types.RESOLUTION_ITEM_KIND_TASK


async def centre_opened(desks: StoryDesks) -> None:
    """The centre is on the record and receives visitors, with a case and before there is one."""
    life = await registered(desks, "集体来访", person_count=12)
    host = await desks.at(CENTRE)
    opened = reception.OpenCentreRequest(info=life.after(1).info(), centre=CENTRE, division=CITY)
    await host.call("reception", "OpenCentre", opened)
    for case_id, agencies in ((life.case_id, [HOUSING, LABOUR]), ("", [LAND])):
        visit = reception.ReceiveVisitRequest(
            info=life.after(1).info(),
            centre=CENTRE,
            case_id=case_id,
            agencies=agencies,
            visitor_count=12,
            record=text("接访记录"),
        )
        await host.call("reception", "ReceiveVisit", visit)


async def resolved_together(desks: StoryDesks) -> None:
    """Two cases, one meeting, everything applied, the task done."""
    first, second = await registered(desks, "联席事项甲"), await registered(desks, "联席事项乙")
    first.clock = second.clock
    await together(first, second)


async def refused_together(desks: StoryDesks) -> None:
    """While the resolution is on its way, one case moves on: no item applies, on any case (promise P6)."""
    first, second = await registered(desks, "联席事项丙"), await registered(desks, "联席事项丁")
    for life in (first, second):
        life.clock = second.clock
        await classify_claim(life)
    await hand_over(first, LAND)
    meeting, host = await _convened(first, [first, second])
    items = [_item(first, ASSIGN, LABOUR), _item(second, TASK, HOUSING)]
    resolution = await _proposed(first, host, meeting, items)
    await _speak(first, meeting, resolution, LABOUR, dissents=True)
    resolution = await _proposed(first, host, meeting, items)
    await _speak(first, meeting, resolution, LABOUR)
    await _speak(first, meeting, resolution, HOUSING)
    await _speak(first, meeting, resolution, LAND, dissents=True)
    await _speak(first, meeting, resolution, first.unit)
    async with paused("intake-inbox"):
        await _call(first, host, "BindResolution", meeting_id=meeting, resolution_id=resolution)
        await accept(first, LAND)
    await settled(first, meeting)


async def ordered_by_the_superior(desks: StoryDesks) -> None:
    """The unit that shall have the case dissents: the common superior orders it by name (Art. 24)."""
    life = await registered(desks, "上级决定承办")
    await classify_claim(life)
    meeting, host = await _convened(life, [life])
    resolution = await _proposed(life, host, meeting, [_item(life, ASSIGN, LABOUR)])
    for agency in (life.unit, HOUSING, LAND):
        await _speak(life, meeting, resolution, agency)
    await _speak(life, meeting, resolution, LABOUR, dissents=True)
    government = await desks.at(desks.agency(OrganisationKind.GOVERNMENT, CITY))
    which = {"meeting_id": meeting, "resolution_id": resolution}
    await _call(life.after(2), government, "OrderResolution", **which, reasons=text("指定办理"))
    await _call(life, host, "BindResolution", **which)
    await life.until_held_by(LABOUR)
    await settled(life, meeting)


async def without_the_accused(desks: StoryDesks) -> None:
    """A participant turns out to be accused: withdrawn, the meeting goes on without it (Art. 30(3))."""
    life = await registered(desks, "会议期间发现被检举单位")
    await classify_claim(life)
    meeting, host = await _convened(life, [life])
    await life.after(1).do(
        "ClassifyPetition",
        classification_version=(await life.petition()).classification_version,
        petition_class=types.PETITION_CLASS_ACCUSATION,
        track=TRACK_DISCIPLINE,
        reasons=text("属检举控告"),
        accused_units=[LAND],
    )
    await desks.story.rest()
    await _call(life.after(1), host, "ResumeMeeting", meeting_id=meeting)


async def broken_off(desks: StoryDesks) -> None:
    """A meeting that is closed without a resolution, and one that nobody ever opens."""
    life = await registered(desks, "未达成一致")
    await classify_claim(life)
    meeting, host = await _convened(life, [life])
    await _call(life, host, "CloseMeeting", meeting_id=meeting)
    await _convened(life, [life], opened=False)


async def _convened(life: Life, lives: list[Life], opened: bool = True) -> tuple[str, Desk]:
    host, agencies = await life.desks.at(CENTRE), [life.unit, HOUSING, LABOUR, LAND]
    for one in lives:
        await one.do("RequestMeeting", centre=CENTRE, reasons=text("须多部门共同研究"))
    convened = await _call(
        life.after(1),
        host,
        "ConveneMeeting",
        centre=CENTRE,
        participants=agencies,
        case_ids=[one.case_id for one in lives],
        agenda=text("议题"),
    )
    if opened:
        present = agencies[:2]
        await _call(life.after(1), host, "OpenMeeting", meeting_id=convened.meeting_id, present=present)
    return str(convened.meeting_id), host


def _item(life: Life, kind: types.ResolutionItemKind.ValueType, unit: str) -> ResolutionItem:
    due = (life.clock + timedelta(days=20)).date().isoformat() if kind == TASK else ""
    return ResolutionItem(case_id=life.case_id, kind=kind, unit=unit, due_date=due, epoch=life.epoch)


async def _proposed(life: Life, host: Desk, meeting: str, items: list[ResolutionItem]) -> str:
    minutes = text(f"纪要 {life.steps}")
    answer = await _call(life, host, "ProposeResolution", meeting_id=meeting, items=items, minutes=minutes)
    return str(answer.resolution_id)


async def _speak(life: Life, meeting: str, resolution: str, agency: str, dissents: bool = False) -> None:
    desk, which = await life.desks.at(agency), {"meeting_id": meeting, "resolution_id": resolution}
    if dissents:
        await _call(life, desk, "DissentFromResolution", **which, reasons=text("不同意"))
    else:
        await _call(life, desk, "SignResolution", **which)


async def _call(life: Life, desk: Desk, method: str, **fields: Any) -> Any:
    request = getattr(reception, f"{method}Request")(info=life.info(), **fields)
    return await desk.call("reception", method, request)


SITTINGS = (
    centre_opened,
    resolved_together,
    refused_together,
    ordered_by_the_superior,
    without_the_accused,
    broken_off,
)
"""Told one after another."""
