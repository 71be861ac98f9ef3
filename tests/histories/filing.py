"""How the cases of a recorded history begin: alone, in a batch, by a group, without a name."""

from datetime import timedelta
from typing import Any

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import uuid7
from tests.histories.desks import StoryDesks
from tests.mainjob.life import Life, text
from tests.mainjob.lives import CITY
from tests.support.calling import OFFICE

_FAR = timedelta(days=365 * 3)


async def registered(desks: StoryDesks, words: str, unit: str = OFFICE, **fields: Any) -> Life:
    """A filing with an agency, by default the city's petition office, an hour after the last act."""
    desk = await desks.at(unit)
    answer = await desk.call("intake", "RegisterPetition", filing(desks, words, **fields))
    return life(desks, answer, unit)


async def registered_together(desks: StoryDesks, *words: str) -> list[Life]:
    """Filings of one batch, as an import sends them."""
    petitions = [filing(desks, each, source="archive") for each in words]
    await desks.story.reach(
        petitions[-1].info.occurred_time.ToDatetime(tzinfo=desks.story.clock.now().tzinfo)
    )
    request = intake.RegisterPetitionsRequest(petitions=petitions)
    answer = await (await desks.at(OFFICE)).call("intake", "RegisterPetitions", request)
    return [life(desks, outcome.registered, OFFICE) for outcome in answer.outcomes]


def filing(desks: StoryDesks, words: str, **fields: Any) -> intake.RegisterPetitionRequest:
    """What is filed."""
    now = desks.story.clock.now() + timedelta(hours=1)
    usual: dict[str, Any] = {
        "info": CommandInfo(request_id=str(uuid7()), occurred_time=timestamp(now)),
        "channel": "visit",
        "received_time": timestamp(now),
        "petitioner": Secret(clear=Clear(person=Person(name="示例", phone="000-0000-0000"))),
        "subject": text("示例事项"),
        "content": text(words),
        "division": CITY,
        "content_class": "020500",
        "purpose": "claim",
    }
    return intake.RegisterPetitionRequest(**{**usual, **fields})


def life(desks: StoryDesks, answer: intake.RegisterPetitionResponse, unit: str) -> Life:
    """The case from here on."""
    now = desks.story.clock.now()
    return Life(desks, answer.case_id, answer.query_code, unit, now, now + _FAR)
