"""Reading referrals."""

from google.protobuf.message import Message

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_domain.judicial.referral import REFERRAL, referral_message
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.reading import Entitled


class Queries:
    """The reading methods of JudicialService."""

    def __init__(self, entitled: Entitled) -> None:
        self._entitled = entitled

    async def get_referral(self, caller: Caller, request: judicial.GetReferralRequest) -> Message:
        """The state of a referral."""
        loaded = await self._entitled.read(REFERRAL, request.referral_id, caller.principal)
        return judicial.GetReferralResponse(referral=referral_message(loaded.state, loaded.version))
