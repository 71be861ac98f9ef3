"""Tells a case's story as facts: which event on which day, in the streams where the services write them."""

from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED, EntryKind
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.fold import CaseClocks, evolve, initial
from huiyin_domain.dates import SHANGHAI
from huiyin_domain.decider import Fact
from huiyin_kernel.policy import load_policy

CASE = "01890000-0000-7000-8000-000000000001"
OFFICE, HOUSING, TRANSPORT, COURT = "office", "housing", "transport", "court"
TIMETABLE = load_policy().timetable
_SPACE = UUID(int=7)


def noon(day: str) -> datetime:
    """Midday of a day in Shanghai."""
    return datetime.combine(date.fromisoformat(day), time(12), SHANGHAI).astimezone(UTC)


def stamp(day: str) -> Timestamp:
    """The same as a protobuf timestamp."""
    found = Timestamp()
    found.FromDatetime(noon(day))
    return found


class Story:
    """A case as it unfolds; every event gets its place in its stream and an id that says which it is."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def tell(
        self,
        day: str,
        event: Message,
        stream: str = f"petition-{CASE}",
        recorded: str = "",
        by: str = "",
        entry: EntryKind.ValueType = ENTRY_KIND_UNSPECIFIED,
    ) -> str:
        """Adds an event that occurred on a day; returns its event id.

        Unless it says how it came into the record, it stands there as version 0.1 wrote it.
        """
        version = 1 + sum(fact.stream == stream for fact in self.facts)
        event_id = str(uuid5(_SPACE, f"{stream}:{version}"))
        context = event.DESCRIPTOR.file.package.split(".")[1]
        fact = Fact(
            context=context,
            log=f"{context}@990000",
            position=len(self.facts) + 1,
            stream=stream,
            version=version,
            event_id=event_id,
            recorded=noon(recorded or day),
            occurred=noon(day),
            case_ids=(CASE,),
            causes=(),
            event=event,
            agency=by,
            entry=entry,
        )
        self.facts.append(fact)
        return event_id

    def state(self) -> CaseClocks:
        """The fold of all facts so far."""
        return fold(self.facts)

    def clocks(self, rule: str = "") -> list[Clock]:
        """The clocks by the shipped calendars, of one rule or of all."""
        return [clock for clock in clocks(self.state(), TIMETABLE) if rule in ("", clock.rule)]

    def clock(self, rule: str) -> Clock:
        """The only clock of a rule."""
        [found] = self.clocks(rule)
        return found


def fold(facts: list[Fact]) -> CaseClocks:
    """The state after facts in this order."""
    state = initial()
    for fact in facts:
        state = evolve(state, fact)
    return state
