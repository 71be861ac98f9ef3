"""How petitions react to what the judicial track and joint meetings decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin_domain.context import Context, Policy
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import apply_resolution, on_acknowledged, on_declined, on_handed_back
from huiyin_kernel.commands import fresh_ids
from huiyin_kernel.inbox import Foreign, Reaction
from huiyin_kernel.streams import Change, Loaded, Streams


class Reactions:
    """Decides what foreign events change on petitions."""

    def __init__(self, streams: Streams, policy: Policy) -> None:
        self._streams, self._policy = streams, policy

    def to_judicial(self) -> Mapping[str, Reaction]:
        """Reactions to the judicial log."""
        return {
            judicial.ReferralAcknowledged.DESCRIPTOR.full_name: self._acknowledged,
            judicial.ReferralDeclined.DESCRIPTOR.full_name: self._declined,
            judicial.ReferralHandedBack.DESCRIPTOR.full_name: self._handed_back,
        }

    def to_reception(self) -> Mapping[str, Reaction]:
        """Reactions to the reception log."""
        return {ResolutionBound.DESCRIPTOR.full_name: self._bound}

    async def _acknowledged(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, judicial.ReferralAcknowledged)
        loaded = await self._of_referral(foreign)
        return _change(loaded, on_acknowledged(loaded.state, _id(foreign), event, self._context(foreign)))

    async def _declined(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, judicial.ReferralDeclined)
        loaded = await self._of_referral(foreign)
        return _change(loaded, on_declined(loaded.state, _id(foreign), event))

    async def _handed_back(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, judicial.ReferralHandedBack)
        loaded = await self._of_referral(foreign)
        return _change(loaded, on_handed_back(loaded.state, _id(foreign), event, self._context(foreign)))

    async def _bound(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, ResolutionBound)
        cases = {item.case_id: await self._petition(item.case_id) for item in event.items}
        states = {case: loaded.state for case, loaded in cases.items()}
        decided = apply_resolution(states, event, self._context(foreign))
        return [Change(PETITION, cases[case], events) for case, events in decided.items() if events]

    async def _of_referral(self, foreign: Foreign) -> Loaded[Any]:
        """The case that a referral is about."""
        return await self._petition(foreign.envelope.metadata.case_ids[0])

    async def _petition(self, case_id: str) -> Loaded[Any]:
        return await self._streams.of(PETITION, case_id)

    def _context(self, foreign: Foreign) -> Context:
        call = foreign.call
        return Context(call.now, call.occurred, call.principal, fresh_ids(), self._policy)


def _id(foreign: Foreign) -> str:
    """The referral whose stream the event stands in."""
    return foreign.envelope.stream.partition("-")[2]


def _change(loaded: Loaded[Any], decided: Sequence[Message]) -> Sequence[Change]:
    return [Change(PETITION, loaded, decided)] if decided else []
