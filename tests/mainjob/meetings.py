"""A joint sitting of several agencies on two cases, whose resolution takes effect on both (promise P6)."""

import asyncio
from datetime import timedelta

from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1 import types_pb2 as reception_types
from huiyin_domain.directory import OrganisationKind
from tests.mainjob.desk import Desk
from tests.mainjob.life import Life, text
from tests.mainjob.lives import CITY, accept, answer, classify_claim, close_and_rate, department


async def together(first: Life, second: Life) -> None:
    """Both cases are classified, put before the meeting, assigned by it, and then handled to the end."""
    first.clock = second.clock = max(first.clock, second.clock)
    for life in (first, second):
        await classify_claim(life)
    lead, helper = department(first, 1), department(first, 2)
    meeting = await settled(first, await sit(first, second, lead, helper))
    second.clock = first.clock
    for life in (first, second):
        await life.until_held_by(lead)
        await accept(life, lead)
    await complete_task(second, helper, meeting)
    for life in (first, second):
        await answer(life, types.OPINION_OUTCOME_SUPPORTED)
        await close_and_rate(life)


async def sit(first: Life, second: Life, lead: str, helper: str) -> str:
    """The responsible units ask the centre for it; convened, opened, resolved, signed by all, bound."""
    centre = first.desks.agency(OrganisationKind.CENTRE, CITY)
    agencies = list(dict.fromkeys([centre, first.unit, second.unit, lead, helper]))
    for life in (first, second):
        await life.after(1).do("RequestMeeting", centre=centre, reasons=text("须多部门共同研究"))
    host = await first.head(centre)
    convene = reception.ConveneMeetingRequest(
        info=first.after(3).info(),
        centre=centre,
        participants=agencies,
        case_ids=[first.case_id, second.case_id],
        agenda=text("两件相关事项的办理"),
    )
    meeting = str((await host.call("reception", "ConveneMeeting", convene)).meeting_id)
    opened = reception.OpenMeetingRequest(info=first.after(1).info(), meeting_id=meeting, present=agencies)
    await host.call("reception", "OpenMeeting", opened)
    resolution = await resolve(first, second, host, meeting, lead, helper)
    for agency in agencies:
        desk = await first.head(agency)
        sign = reception.SignResolutionRequest(
            info=first.info(), meeting_id=meeting, resolution_id=resolution
        )
        await desk.call("reception", "SignResolution", sign)
    bind = reception.BindResolutionRequest(info=first.info(), meeting_id=meeting, resolution_id=resolution)
    await host.call("reception", "BindResolution", bind)
    return meeting


async def resolve(first: Life, second: Life, host: Desk, meeting: str, lead: str, helper: str) -> str:
    """Both cases go to the lead; the helper has a task on the second."""
    assign = types.RESOLUTION_ITEM_KIND_ASSIGN
    due = (first.latest + timedelta(days=30)).date().isoformat()
    items = [
        reception_types.ResolutionItem(case_id=life.case_id, kind=assign, unit=lead, epoch=life.epoch)
        for life in (first, second)
    ]
    task = types.RESOLUTION_ITEM_KIND_TASK
    items.append(
        reception_types.ResolutionItem(
            case_id=second.case_id, kind=task, unit=helper, due_date=due, epoch=second.epoch
        )
    )
    propose = reception.ProposeResolutionRequest(
        info=first.info(), meeting_id=meeting, items=items, minutes=text("会议纪要")
    )
    return str((await host.call("reception", "ProposeResolution", propose)).resolution_id)


async def settled(life: Life, meeting: str) -> reception.Meeting:
    """Waits until every item is settled, then closes the meeting, and returns it as it then was."""
    centre = life.desks.agency(OrganisationKind.CENTRE, CITY)
    host = await life.head(centre)
    deadline = asyncio.get_running_loop().time() + life.patience_seconds
    while True:
        asked = reception.GetMeetingRequest(meeting_id=meeting)
        found: reception.Meeting = (await host.call("reception", "GetMeeting", asked)).meeting
        if found.status == reception_types.MEETING_STATUS_SETTLED:
            break
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"meeting {meeting} is not settled: {found}")
        await asyncio.sleep(0.05)
    close = reception.CloseMeetingRequest(info=life.info(), meeting_id=meeting)
    await host.call("reception", "CloseMeeting", close)
    return found


async def complete_task(life: Life, helper: str, meeting: reception.Meeting) -> None:
    """The helper reports that its task is done."""
    desk = await life.head(helper)
    for item in meeting.items:
        if item.kind == types.RESOLUTION_ITEM_KIND_TASK:
            await life.after(1).do("CompleteTask", desk=desk, item_id=item.item_id, report=text("已完成"))
