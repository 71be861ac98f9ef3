"""A case on its way through a running platform, each step by an officer who may take it."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_cli.client import Client
from huiyin_kernel.codec import payload_of
from tests.mainjob.desk import Desks
from tests.support.calling import DIRECTORY, HOUSING, OFFICE, claim, handed_over, info, registered, text

MAIL = types.SERVICE_METHOD_MAIL
DIFFERS = intake.SameFactsStatement(
    same_facts=types.SAME_FACTS_DIFFERENT, reasons=text("重新调查，查明新的事实")
)


@dataclass
class Walk:
    """One case, and the agencies' officers who carry it on."""

    desks: Desks
    case_id: str

    async def client(self, agency: str, role: str = "officer") -> Client:
        """A client of an officer of an agency."""
        return (await self.desks.at(agency, role)).client

    async def petition(self, agency: str = OFFICE) -> intake.Petition:
        """The case as an agency reads it."""
        client = await self.client(agency)
        read = intake.GetPetitionRequest(case_id=self.case_id)
        found: intake.Petition = (await client.intake.GetPetition(read)).petition
        return found

    async def history(self) -> list[Message]:
        """What happened in the case, in order, as the log has it."""
        feed = (await self.desks.named("auditor")).client.feed("intake")
        request = SubscribeRequest(case_ids=[self.case_id], until_caught_up=True)
        return [payload_of(item.event) async for item in feed.Subscribe(request) if item.HasField("event")]

    async def request(self, rpc: str, agency: str, **fields: Any) -> Any:
        """A command on the case at its present epoch, with an identity of its own."""
        usual = {"info": info(), "case_id": self.case_id, "epoch": (await self.petition(agency)).epoch}
        return getattr(intake, f"{rpc}Request")(**{**usual, **fields})

    async def do(self, rpc: str, agency: str, role: str = "officer", **fields: Any) -> Any:
        """A command that must be carried out."""
        client = await self.client(agency, role)
        return await getattr(client.intake, rpc)(await self.request(rpc, agency, **fields))

    async def answered(
        self,
        words: str,
        outcome: types.OpinionOutcome.ValueType = types.OPINION_OUTCOME_NOT_SUPPORTED,
        unit: str = HOUSING,
        **fields: Any,
    ) -> str:
        """An opinion issued and served; its id."""
        issued = await self.do("IssueOpinion", unit, outcome=outcome, document=text(words), **fields)
        await self.do("ServeOpinion", unit, opinion_id=issued.opinion_id, method=MAIL)
        return str(issued.opinion_id)

    async def review_asked(self, level: types.ReviewLevel.ValueType, below: str = HOUSING) -> tuple[str, str]:
        """Review asked of the organ above; that organ and the review's id."""
        organ = DIRECTORY.superiors(below)[0]
        usual: dict[str, Any] = {"level": level, "organ": organ, "reasons": text("请求改变")}
        epoch = (await self.petition()).epoch
        client = await self.client(organ)
        request = intake.RequestReviewRequest(info=info(), case_id=self.case_id, epoch=epoch, **usual)
        return organ, str((await client.intake.RequestReview(request)).review_id)

    async def reviewed(
        self,
        outcome: types.ReviewOutcome.ValueType,
        level: types.ReviewLevel.ValueType = types.REVIEW_LEVEL_REVIEW,
        **fields: Any,
    ) -> str:
        """Review asked, decided and served; the organ that did."""
        organ, review_id = await self.review_asked(level)
        decided = {"review_id": review_id, "outcome": outcome, "document": text("复查意见"), **fields}
        await self.do("DecideReview", organ, **decided)
        await self.do("ServeReview", organ, review_id=review_id, method=MAIL)
        return organ


async def classified(desks: Desks) -> Walk:
    """Registered by the petition office and classified as a claim in the petition procedure."""
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client)
    await client.intake.ClassifyPetition(claim(case_id))
    return Walk(desks, case_id)


async def accepted(desks: Desks, unit: str = HOUSING) -> Walk:
    """Handed over to a unit and accepted by it."""
    walk = Walk(desks, await handed_over((await desks.at(OFFICE)).client, unit))
    accepting = intake.AcceptPetitionRequest(info=info(), case_id=walk.case_id, epoch=1)
    await (await walk.client(unit)).intake.AcceptPetition(accepting)
    return walk
