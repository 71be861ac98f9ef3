"""A mark: what clocks need to know of one event, and nothing more."""

from datetime import date, datetime
from typing import NamedTuple

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, ENTRY_KIND_UNSPECIFIED, EntryKind
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.dates import instant
from huiyin_domain.decider import Fact

Keys = tuple[tuple[str, str], ...]

DECLINED = "declined"
"""Kind of key: the referral that an organ declined, by which the matter is back."""


class Mark(NamedTuple):
    """A milestone of a case. A named tuple: it is kept by the thousand, and nothing immutable copies faster.

    `time` is when the act took effect, `recorded` when it was first on a record, `entry` how it came into it;
    `begins` is set where another's period begins later than that. `unit` must act from here on,
    `holder` became responsible by it. `keys` say which hand-over, review, item, referral, order or unit it
    is about. `due` is a day that was named, `days` and `base` belong to an extension,
    `handling` says that the matter had been accepted before and is being handled, `offered` that a referral
    began as an offer in intake. `division` is where the case belongs from here on.
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
    entry: EntryKind.ValueType = ENTRY_KIND_UNSPECIFIED
    begins: datetime | None = None
    division: str = ""

    @property
    def begin(self) -> datetime:
        """From when a period runs that this starts, and from when who became responsible by it is."""
        return self.begins or self.time

    def agrees(self, other: "Mark") -> bool:
        """True unless both name the same kind of thing and not the same one."""
        if not self.keys or not other.keys:
            return True
        mine = dict(self.keys)
        return all(mine.get(kind, key) == key for kind, key in other.keys)


Marks = tuple[Mark, ...]


def mark(fact: Fact, milestone: Milestone, time: datetime | None = None, keys: Keys = ()) -> Mark:
    """A mark of a fact; it took effect when it occurred unless another time is given."""
    recorded = fact.known or fact.recorded
    return Mark(milestone, fact.event_id, time or fact.occurred, recorded, keys=keys, entry=fact.entry)


def begun(fact: Fact, one: Mark) -> Mark:
    """The mark with the begin of what it starts: another's period never begins before it was recorded.

    Only the time of the unit that acts itself runs from the act as that unit tells it, and only an approved
    entry makes it responsible earlier. Version 0.1 began every period so; its events are read as they were.
    """
    taken = one.holder == fact.agency and fact.entry == ENTRY_KIND_LATE
    if one.begins is not None:
        return one
    own = bool(fact.agency) and (one.unit == fact.agency or taken)
    if own or fact.entry == ENTRY_KIND_UNSPECIFIED or one.time >= fact.recorded:
        return one
    return one._replace(begins=fact.recorded)


def told(event: Message, field: str) -> datetime | None:
    """The instant in a timestamp field, or None when it is not given."""
    if not event.HasField(field):
        return None
    return instant(getattr(event, field))


def last(marks: Marks, *milestones: Milestone) -> Mark | None:
    """The last mark of one of the milestones, if there is one."""
    return next((one for one in reversed(marks) if one.milestone in milestones), None)
