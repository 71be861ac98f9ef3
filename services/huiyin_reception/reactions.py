"""How meetings learn what became of their items: from the petitions' own events."""

from collections.abc import Mapping, Sequence

from huiyin.intake.v1.events_pb2 import ResolutionItemApplied, ResolutionItemRefused
from huiyin.reception.v1.service_pb2 import SettleItemRequest
from huiyin_domain.context import Context, Policy
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.refusal import Refusal
from huiyin_kernel.commands import fresh_ids
from huiyin_kernel.inbox import Foreign, Reaction, log
from huiyin_kernel.streams import Change, Streams


class Reactions:
    """Decides what petitions' events change on meetings."""

    def __init__(self, streams: Streams, policy: Policy) -> None:
        self._streams, self._policy = streams, policy

    def to_intake(self) -> Mapping[str, Reaction]:
        """Reactions to the intake log."""
        return {
            ResolutionItemApplied.DESCRIPTOR.full_name: self._settle,
            ResolutionItemRefused.DESCRIPTOR.full_name: self._settle,
        }

    async def _settle(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, ResolutionItemApplied | ResolutionItemRefused)
        loaded = await self._streams.of(MEETING, event.meeting_id)
        command = SettleItemRequest(
            meeting_id=event.meeting_id,
            resolution_id=event.resolution_id,
            item_id=event.item_id,
            applied=isinstance(event, ResolutionItemApplied),
            reason=event.reason if isinstance(event, ResolutionItemRefused) else "",
        )
        decision = MEETING.decide(loaded.state, command, self._context(foreign))
        if isinstance(decision, Refusal):
            log.warning("item %s is not settled: %s", event.item_id, decision.reason)
            return []
        return [Change(MEETING, loaded, decision)] if decision else []

    def _context(self, foreign: Foreign) -> Context:
        call = foreign.call
        return Context(call.now, call.occurred, call.principal, fresh_ids(), self._policy)
