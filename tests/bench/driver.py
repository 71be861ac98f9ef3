"""Courses of cases through the API: register, classify, hand over, accept, issue, serve, close, list."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from huiyin.cases.v1.service_pb2 import ListCasesRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_cli.client import Client, open_client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.settings import Settings
from tests.support.calling import agency, claim, filing, handover, info, person, text

DIVISIONS = ("990100", "990101", "990102")
CONTENT_CLASSES = ("020500", "030100", "")
UNITS_EACH = 3
"""Departments of each place that take its cases, in turn."""

MATTERS = ("路灯", "道路", "供水", "供暖", "电梯", "噪声", "停车", "物业", "公交", "工资", "征地", "排水")
PLACES = ("和平路", "中山路", "人民街", "建设巷", "长江里", "东关村", "西河村", "南湖小区", "新华社区")
ASKED = ("请求维修", "请求答复", "请求调查", "请求公开", "请求补发", "请求改善", "请求协调")
TOLD = ("已经两个月", "多次反映未果", "影响老人出行", "夜间无法休息", "涉及多户", "附有照片", "有合同为证")

Times = list[float]


def letter(chance: random.Random, sentences: int = 8) -> str:
    """The words of a filing: like many others, and the same as none."""
    return "".join(
        f"{chance.choice(PLACES)}{chance.randrange(1, 200)}号{chance.choice(MATTERS)}{chance.choice(TOLD)}，"
        f"{chance.choice(ASKED)}。"
        for _ in range(sentences)
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Who takes a filing in and who handles it."""

    division: str
    office: Client
    unit: Client
    unit_code: str


@dataclass
class Driver:
    """Takes cases through their course, and notes how long each call took."""

    places: Sequence[Place]
    chance: random.Random
    times: dict[str, Times] = field(default_factory=lambda: defaultdict(Times))
    begun: int = 0

    async def crowd(self, in_flight: int, count: int) -> float:
        """So many courses, so many at once; seconds that they took."""
        left = iter(range(count))
        began = time.perf_counter()
        await asyncio.gather(*(self._one_after_another(left) for _ in range(in_flight)))
        return time.perf_counter() - began

    async def _one_after_another(self, left: Iterator[int]) -> None:
        for _ in left:
            await self.course()

    async def course(self) -> str:
        """One case from its registration to its end, and a look at the list of its unit; the case's id."""
        place = self.places[self.begun % len(self.places)]
        self.begun += 1
        case_id = await self.handed_over(place)
        await self._by_unit(place, case_id)
        seen = ListCasesRequest(unit=place.unit_code, page_size=50)
        await self._timed("list", place.unit.cases.ListCases(seen))
        return case_id

    async def handed_over(self, place: Place) -> str:
        """A case that waits for its unit."""
        case_id = await self.registered(place)
        await self._timed("classify", place.office.intake.ClassifyPetition(claim(case_id)))
        sent = handover(case_id, place.unit_code)
        await self._timed("hand over", place.office.intake.HandOverPetition(sent))
        return case_id

    async def registered(self, place: Place) -> str:
        """A case that is registered and no more."""
        request = filing(
            division=place.division,
            content_class=self.chance.choice(CONTENT_CLASSES),
            petitioner=person(name="示例", phone="13900000000"),
            subject=text(letter(self.chance, 1)),
            content=text(letter(self.chance)),
        )
        return str((await self._timed("register", place.office.intake.RegisterPetition(request))).case_id)

    async def _by_unit(self, place: Place, case_id: str) -> None:
        stub = place.unit.intake
        accept = intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1)
        await self._timed("accept", stub.AcceptPetition(accept))
        usual: dict[str, Any] = {"case_id": case_id, "epoch": 2}
        document, outcome = text(letter(self.chance)), types.OPINION_OUTCOME_EXPLAINED
        issue = intake.IssueOpinionRequest(info=info(), outcome=outcome, document=document, **usual)
        opinion = (await self._timed("issue", stub.IssueOpinion(issue))).opinion_id
        method = types.SERVICE_METHOD_MAIL
        serve = intake.ServeOpinionRequest(info=info(), opinion_id=opinion, method=method, **usual)
        await self._timed("serve", stub.ServeOpinion(serve))
        close = intake.ClosePetitionRequest(info=info(), kind=types.CLOSING_KIND_ANSWERED, **usual)
        await self._timed("close", stub.ClosePetition(close))

    async def _timed(self, name: str, call: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        answer = await call
        self.times[name].append(time.perf_counter() - began)
        return answer


@asynccontextmanager
async def driver(settings: Settings, seed: int = 1) -> AsyncIterator[Driver]:
    """A driver with officers of several agencies; the same cases from the same seed."""
    async with AsyncExitStack() as stack:

        async def client(code: str) -> Client:
            return await stack.enter_async_context(open_client(f"officer@{code}", settings))

        places = []
        for division in DIVISIONS:
            office = await client(agency(OrganisationKind.PETITION_OFFICE, division))
            for number in range(UNITS_EACH):
                code = agency(OrganisationKind.DEPARTMENT, division, number)
                places.append(Place(division, office, await client(code), code))
        yield Driver(places, random.Random(seed))
