"""Reading referrals."""

from google.protobuf.message import Message

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_domain.judicial.decider import REFERRAL
from huiyin_domain.judicial.reading import referral_message
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.reading import read_entitled
from huiyin_kernel.store.port import EventStore


class Queries:
    """The reading methods of JudicialService."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def get_referral(self, caller: Caller, request: judicial.GetReferralRequest) -> Message:
        """The state of a referral."""
        loaded = await read_entitled(self._store, REFERRAL, request.referral_id, caller.principal)
        return judicial.GetReferralResponse(referral=referral_message(loaded.state, loaded.version))
