"""A joint meeting, every call of which carries a traceparent; and what is then recorded."""

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.settings import Settings
from tests.mainjob.desk import Desks
from tests.mainjob.meetings import together
from tests.support.calling import DIRECTORY, person, text
from tests.support.courses import begun
from tests.support.tracing import TracedDesk, all_events

PERSON = {"name": "欧阳紫菱（测试）", "identity_number": "990101199001019990", "phone": "13900990017"}
CONTENT = "梧桐路路灯三个月不亮，请尽快修理"
VALUES = (*PERSON.values(), CONTENT)
"""What must be found nowhere in what the platform tells of itself."""


async def meeting(settings: Settings) -> list[Event]:
    """A meeting on two cases; what is then recorded."""
    async with Desks(settings, DIRECTORY, TracedDesk) as desks:
        said = {"petitioner": person(**PERSON), "content": text(CONTENT)}
        await together(await begun(desks, **said), await begun(desks, **said))
        return await all_events((await desks.named("auditor")).client)
