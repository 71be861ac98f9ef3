"""Lives under faults: cases are registered and driven to their ends, whatever happens meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from random import Random
from typing import Any

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_cli.client import Client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import derived
from tests.mainjob.desk import Desk, Desks, RefusedCallError
from tests.mainjob.life import Life, text
from tests.mainjob.lives import CITY, LIVES
from tests.mainjob.meetings import together

AT_ONCE = 24
CASES_MAX = 400
"""However long the faults last, no more cases are begun."""
SENT_AGAIN_SHARE = 0.1
PATIENCE_SECONDS = 240.0
"""With two of three brokers away nothing moves on Kafka, and what waited is sent again half a minute on."""
_BEGIN = datetime(2019, 1, 2, 2, tzinfo=UTC)
_MEETING_EVERY = 5


class ForgetfulDesk(Desk):
    """A desk that outwaits any fault, and at times sends a request twice as if it had lost the answer.

    It waits less long for an answer than a service may be frozen: then it asks again while the first request
    is still on its way.
    """

    def __init__(self, client: Client, agency: str, chance: Random) -> None:
        super().__init__(client, agency, attempts=60, call_seconds_max=3.0)
        self._chance = chance

    async def call(self, service: str, method: str, request: Any) -> Any:
        """Calls; now and then again afterwards, or twice at the same time."""
        dice = self._chance.random()
        if dice > SENT_AGAIN_SHARE:
            return await super().call(service, method, request)
        if dice > SENT_AGAIN_SHARE / 2:
            await super().call(service, method, request)
            return await super().call(service, method, request)
        once, again = super().call(service, method, request), super().call(service, method, request)
        return (await asyncio.gather(once, again))[0]


class Lives:
    """Many cases at the same time, until told that it is enough."""

    def __init__(self, desks: Desks, seed: int) -> None:
        self._desks, self._seed = desks, seed
        self._numbers, self._courses = count(), cycle(LIVES)
        self._enough = False
        self.ended = 0
        self.broken: list[str] = []

    def finish(self) -> None:
        """Begins no further case."""
        self._enough = True

    async def run(self) -> None:
        """Returns when every case that was begun has ended."""
        await asyncio.gather(*(self._live(place) for place in range(AT_ONCE)))

    async def _live(self, place: int) -> None:
        for turn in count():
            if self._enough or (number := next(self._numbers)) >= CASES_MAX:
                return
            meets = (turn + place) % _MEETING_EVERY == 0
            try:
                await (self._meet(number, next(self._numbers)) if meets else self._alone(number))
            except (RefusedCallError, TimeoutError) as error:
                self.broken.append(f"life {number}: {error!r}")

    async def _alone(self, number: int) -> None:
        life = await registered(self._desks, self._seed, number)
        await next(self._courses)(life)
        await self._read_back(life, number)

    async def _meet(self, *numbers: int) -> None:
        first, second = [await registered(self._desks, self._seed, number) for number in numbers]
        await together(first, second)
        for life, number in zip((first, second), numbers, strict=True):
            await self._read_back(life, number)

    async def _read_back(self, life: Life, number: int) -> None:
        """What was sealed can still be opened: its key was kept with it."""
        request = intake.ReadPersonalDataRequest(info=life.today(), case_id=life.case_id, ground="handling")
        desk = await self._desks.at(office(self._desks))
        fields = (await desk.call("intake", "ReadPersonalData", request)).fields
        names = [field.clear.person.name for field in fields if field.purpose == "petitioner"]
        if names != [_name(number)] or any(field.destroyed for field in fields):
            self.broken.append(f"life {number}: what was sealed does not open: {names}")
        self.ended += 1


def office(desks: Desks) -> str:
    """Where all of these cases are registered."""
    return desks.agency(OrganisationKind.PETITION_OFFICE, CITY)


def _name(number: int) -> str:
    return f"样例{number}"


async def registered(desks: Desks, seed: int, number: int) -> Life:
    """A filing, registered at the city's office."""
    received = _BEGIN + timedelta(days=number % 360)
    request_id = str(derived("fault round", str(seed), str(number)))
    info = CommandInfo(request_id=request_id, occurred_time=timestamp(received), imported=True)
    request = intake.RegisterPetitionRequest(
        info=info,
        channel="visit",
        received_time=timestamp(received),
        petitioner=Secret(clear=Clear(person=Person(name=_name(number)))),
        subject=text(f"第{number}件"),
        content=text(f"第{number}件：反映的问题多次未果，请求依法处理。"),
        division=CITY,
        source="archive",
    )
    answer = await (await desks.at(office(desks))).call("intake", "RegisterPetition", request)
    life = Life(desks, answer.case_id, answer.query_code, office(desks), received, datetime.now(UTC))
    life.patience_seconds = PATIENCE_SECONDS
    return life
