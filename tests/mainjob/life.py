"""One petition on its way: who acts next, on which epoch, on which day."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1.types_pb2 import REFERRAL_STATUS_UNSPECIFIED, ReferralStatus
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import derived
from tests.mainjob.desk import Desk, Desks

ASK_SECONDS_MAX = 60.0
LATE_REASON = "启用平台前在纸面上办理，有卷宗为证"
"""Why the acts of a story come late: they were done on paper, as the file shows."""

_NOT_YET = (StatusCode.NOT_FOUND, StatusCode.UNAVAILABLE, StatusCode.CANCELLED, StatusCode.DEADLINE_EXCEEDED)
"""What passes by itself: the offer is not heard of yet, or the service is being started again."""


@dataclass
class Life:
    """A case with what its next step needs. `clock` is the day of the story, never later than now.

    `patience_seconds` is how long it waits for what follows in another service.
    """

    desks: Desks
    case_id: str
    query_code: str
    unit: str
    clock: datetime
    latest: datetime
    epoch: int = 1
    steps: int = 0
    patience_seconds: float = ASK_SECONDS_MAX

    def after(self, days: float) -> "Life":
        """Moves the story on."""
        self.clock = min(self.clock + timedelta(days=days), self.latest)
        return self

    def info(self) -> CommandInfo:
        """The identity of an act of the story's day, long ago: its head enters it as a late entry."""
        info = self.today()
        info.occurred_time.CopyFrom(timestamp(self.clock))
        info.late_entry.reason.CopyFrom(text(LATE_REASON))
        return info

    def today(self) -> CommandInfo:
        """A command's identity: the same on every run of the script, so that it can be run again."""
        self.steps += 1
        request_id: UUID = derived("main job", self.case_id, str(self.steps))
        return CommandInfo(request_id=str(request_id))

    async def do(self, rpc: str, /, desk: Desk | None = None, **fields: Any) -> Any:
        """A command on the case, by the responsible unit's head unless another desk is given."""
        request_type = getattr(intake, f"{rpc}Request")
        fields.setdefault("epoch", self.epoch)
        request = request_type(info=self.info(), case_id=self.case_id, **fields)
        response = await (desk or await self.holder()).call("intake", rpc, request)
        self.epoch = getattr(response, "epoch", 0) or self.epoch
        return response

    async def holder(self, role: str = "head") -> Desk:
        """The desk of the responsible unit."""
        return await self.desks.at(self.unit, role)

    async def head(self, unit: str) -> Desk:
        """The desk of a unit's head, who alone enters what was done long ago."""
        return await self.desks.at(unit, "head")

    async def petition(self) -> intake.Petition:
        """The case as intake has it now."""
        auditor = await self.desks.named("auditor")
        response = await auditor.call(
            "intake", "GetPetition", intake.GetPetitionRequest(case_id=self.case_id)
        )
        petition: intake.Petition = response.petition
        return petition

    async def until_held_by(self, unit: str) -> None:
        """Waits until responsibility has moved, as a consequence of what happened in another service."""
        deadline = asyncio.get_running_loop().time() + self.patience_seconds
        while (petition := await self.petition()).responsible_unit != unit:
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{self.case_id} is still with {petition.responsible_unit}")
            await asyncio.sleep(0.05)
        self.unit, self.epoch = unit, petition.epoch

    async def until_referral_is(self, referral_id: str, status: ReferralStatus.ValueType) -> None:
        """Waits until the judicial track has heard what became of a referral in intake."""
        deadline = asyncio.get_running_loop().time() + self.patience_seconds
        while (found := await self._referral_status(referral_id)) != status:
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"referral {referral_id} is {ReferralStatus.Name(found)}")
            await asyncio.sleep(0.05)

    async def _referral_status(self, referral_id: str) -> ReferralStatus.ValueType:
        """What it is, unspecified while its offer has not been heard of there, or nobody can be asked."""
        auditor = await self.desks.named("auditor")
        asked = judicial.GetReferralRequest(referral_id=referral_id)
        try:
            response: judicial.GetReferralResponse = await auditor.client.judicial.GetReferral(asked)
            return response.referral.status
        except aio.AioRpcError as error:
            if error.code() not in _NOT_YET:
                raise
            return REFERRAL_STATUS_UNSPECIFIED


def text(words: str) -> Secret:
    """A text as a caller gives it."""
    return Secret(clear=Clear(text=words))
