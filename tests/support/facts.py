"""Facts of several logs, as folds see them, with places in their logs and streams given in order."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Cause
from huiyin_domain.decider import Fact
from tests.support.agencies import identifier

CASE = identifier(101)
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Logs:
    """Records events in logs, one per context, a second apart."""

    def __init__(self) -> None:
        self._positions: Counter[str] = Counter()
        self._versions: Counter[str] = Counter()
        self.facts: list[Fact] = []

    def record(
        self,
        context: str,
        stream: str,
        event: Message,
        case_ids: Iterable[str] = (CASE,),
        causes: Iterable[Cause] = (),
    ) -> Fact:
        """The event as the next one of its log and stream."""
        self._positions[context] += 1
        self._versions[stream] += 1
        when = START + timedelta(seconds=len(self.facts))
        fact = Fact(
            context=context,
            log=f"{context}@990000",
            position=self._positions[context],
            stream=stream,
            version=self._versions[stream],
            event_id=identifier(len(self.facts) + 1),
            recorded=when,
            occurred=when,
            case_ids=tuple(case_ids),
            causes=tuple(causes),
            event=event,
        )
        self.facts.append(fact)
        return fact

    def intake(self, event: Message, case_id: str = CASE) -> Fact:
        """An event of a petition."""
        return self.record("intake", f"petition-{case_id}", event)
