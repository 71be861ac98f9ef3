"""How referrals learn from their cases: offered, released, withdrawn, taken in vain, moved away."""

from collections.abc import Mapping, Sequence
from typing import get_args

from huiyin_domain.judicial.reactions import OfCase, on_case, referral_id_of
from huiyin_domain.judicial.referral import REFERRAL
from huiyin_kernel.inbox import Foreign, Reaction
from huiyin_kernel.streams import Change, Streams


class Reactions:
    """Decides what the events of cases change on referrals."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def to_intake(self) -> Mapping[str, Reaction]:
        """Reactions to the intake log."""
        return {event.DESCRIPTOR.full_name: self._of_case for event in get_args(OfCase)}

    async def _of_case(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, OfCase)
        loaded = await self._streams.of(REFERRAL, referral_id_of(event))
        decided = on_case(loaded.state, event)
        return [Change(REFERRAL, loaded, decided)] if decided else []
