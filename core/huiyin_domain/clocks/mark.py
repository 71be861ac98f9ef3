"""A mark: what clocks need to know of one event, and nothing more."""

from dataclasses import dataclass
from datetime import date, datetime

from google.protobuf.message import Message

from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.dates import instant
from huiyin_domain.fact import Fact

Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone of a case.

    `time` is when the act took effect, `recorded` when the log learnt of it. `unit` must act from here on,
    `holder` became responsible by it. `keys` say which hand-over, review, item, referral, order or unit it
    is about. `due` is a day that was named, `days` and `base` belong to an extension,
    `handling` says that the matter had been accepted before and is being handled, `offered` that a referral
    began as an offer in intake.
    """

    milestone: Milestone
    event_id: str
    time: datetime
    recorded: datetime
    unit: str = ""
    holder: str = ""
    keys: Keys = ()
    due: date | None = None
    days: int = 0
    base: datetime | None = None
    matter: Matter | None = None
    organ_kind: int = 0
    anonymous: bool = False
    handling: bool = False
    offered: bool = False

    def agrees(self, other: "Mark") -> bool:
        """True unless both name the same kind of thing and not the same one."""
        mine = dict(self.keys)
        return all(mine.get(kind, key) == key for kind, key in other.keys)


Marks = tuple[Mark, ...]


def mark(fact: Fact, milestone: Milestone, time: datetime | None = None, keys: Keys = ()) -> Mark:
    """A mark of a fact; it took effect when it occurred unless another time is given."""
    return Mark(milestone, fact.event_id, time or fact.occurred, fact.recorded, keys=keys)


def told(event: Message, field: str) -> datetime | None:
    """The instant in a timestamp field, or None when it is not given."""
    if not event.HasField(field):
        return None
    return instant(getattr(event, field))


def last(marks: Marks, *milestones: Milestone) -> Mark | None:
    """The last mark of one of the milestones, if there is one."""
    return next((one for one in reversed(marks) if one.milestone in milestones), None)
