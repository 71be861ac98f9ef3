"""What can be taken of a filing as it came, and what about it a person has to settle (promise P1).

Legal basis: every filing is entered truly and in time whether it is accepted or not (online rules of 2022,
Art. 4; domain rules, 2.4), and nothing that was not left is a condition (Art. 5). So nothing here refuses: a
value that cannot be one is left out, or has the office's own in its place, and what was written is kept.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_domain.calendar.calendar import YEAR_MIN
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Policy
from huiyin_domain.dates import instant, is_within, local_date
from huiyin_domain.directory import county_of, in_force, is_known

OF_PLACE = frozenset(
    (
        types.REGISTRATION_DOUBT_PLACE_MISSING,
        types.REGISTRATION_DOUBT_PLACE_UNKNOWN,
        types.REGISTRATION_DOUBT_PLACE_NOT_IN_FORCE,
    )
)
"""The doubts about the place of a matter."""

_FIELDS: Mapping[RegistrationDoubt.ValueType, str] = {
    **dict.fromkeys(OF_PLACE, "division"),
    types.REGISTRATION_DOUBT_CHANNEL: "channel",
    types.REGISTRATION_DOUBT_PURPOSE: "purpose",
    types.REGISTRATION_DOUBT_CONTENT_CLASS: "content_class",
    types.REGISTRATION_DOUBT_SOURCE: "source",
    types.REGISTRATION_DOUBT_PERSON_COUNT: "person_count",
    types.REGISTRATION_DOUBT_RECEIVED_TIME: "received_time",
    types.REGISTRATION_DOUBT_POSTED_TIME: "posted_time",
    types.REGISTRATION_DOUBT_CONTENT_MISSING: "content",
}
"""The field of a registration that each doubt is about, but for the one about the registration itself."""

_PLACE = "division"
_REQUIRED = "channel"
"""The one code that every filing has; the others may be left out."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something to be settled: which, in what field of the request, and what was written there."""

    doubt: RegistrationDoubt.ValueType
    field: str
    written: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The values of a filing that stand, and what about it is doubtful."""

    channel: str
    division: str
    content_class: str
    purpose: str
    source: str
    person_count: int
    received: datetime
    posted: Timestamp | None
    doubtful: tuple[Doubtful, ...]

    @property
    def doubts(self) -> list[RegistrationDoubt.ValueType]:
        """Which doubts there are, each once, in order."""
        return sorted({one.doubt for one in self.doubtful})

    @property
    def place_as_written(self) -> str:
        """The place, where it is no known division; empty otherwise."""
        return next((one.written for one in self.doubtful if one.field == _PLACE and not self.division), "")

    @property
    def as_written(self) -> str:
        """What else was written and not taken: a line for each field of the request, by its name."""
        kept = [one for one in self.doubtful if one.written and one.field != _PLACE]
        return "\n".join(f"{one.field}: {one.written}" for one in kept)


def settled_by(
    open_doubts: Collection[RegistrationDoubt.ValueType],
    changed: Collection[str],
    named: Collection[RegistrationDoubt.ValueType],
) -> list[RegistrationDoubt.ValueType]:
    """Which open doubts a person settles, by putting their fields right or by saying that they stand."""
    return sorted(doubt for doubt in open_doubts if doubt in named or _FIELDS.get(doubt) in changed)


def taken(command: RegisterPetitionRequest, policy: Policy, occurred: datetime) -> Taken:
    """What of a filing stands.

    `occurred` is when the office acted: its day of receipt, where no other can be taken.
    """
    codes, found = policy.codes, list[Doubtful]()
    received = _received(command, policy, occurred, found)
    return Taken(
        channel=_code(command, "channel", codes.channels, types.REGISTRATION_DOUBT_CHANNEL, found),
        division=_division(command.division, codes.divisions, received, found),
        content_class=_code(
            command, "content_class", codes.content_classes, types.REGISTRATION_DOUBT_CONTENT_CLASS, found
        ),
        purpose=_code(command, "purpose", codes.purposes, types.REGISTRATION_DOUBT_PURPOSE, found),
        source=_code(command, "source", codes.sources, types.REGISTRATION_DOUBT_SOURCE, found),
        person_count=_person_count(command.person_count, policy.limits.person_count_max, found),
        received=received,
        posted=_posted(command, received, found),
        doubtful=tuple(found),
    )


def _code(
    command: RegisterPetitionRequest,
    field: str,
    table: CodeTable,
    doubt: RegistrationDoubt.ValueType,
    found: list[Doubtful],
) -> str:
    code: str = getattr(command, field)
    if code in table:
        return code
    if code or field == _REQUIRED:
        found.append(Doubtful(doubt, field, code))
    return ""


def _division(code: str, table: CodeTable, received: datetime, found: list[Doubtful]) -> str:
    """A division of its time, as recorded; nothing for what is none (GB/T 2260; domain rules, 9.4)."""
    if not is_known(code, table):
        missing, unknown = types.REGISTRATION_DOUBT_PLACE_MISSING, types.REGISTRATION_DOUBT_PLACE_UNKNOWN
        found.append(Doubtful(unknown if code.strip() else missing, _PLACE, code))
        return ""
    if not in_force(county_of(code), table, local_date(received)):
        found.append(Doubtful(types.REGISTRATION_DOUBT_PLACE_NOT_IN_FORCE, _PLACE, code))
    return code


def _received(
    command: RegisterPetitionRequest, policy: Policy, occurred: datetime, found: list[Doubtful]
) -> datetime:
    """The day of receipt; the office's own where none was written, or one that cannot be."""
    if not command.HasField("received_time"):
        return occurred
    if _can_be(command.received_time) and (
        instant(command.received_time) <= occurred + policy.limits.future_tolerance
    ):
        return instant(command.received_time)
    written = _in_words(command.received_time)
    found.append(Doubtful(types.REGISTRATION_DOUBT_RECEIVED_TIME, "received_time", written))
    return occurred


def _posted(command: RegisterPetitionRequest, received: datetime, found: list[Doubtful]) -> Timestamp | None:
    """A letter is received after it was posted."""
    if not command.HasField("posted_time"):
        return None
    if _can_be(command.posted_time) and instant(command.posted_time) <= received:
        return command.posted_time
    written = _in_words(command.posted_time)
    found.append(Doubtful(types.REGISTRATION_DOUBT_POSTED_TIME, "posted_time", written))
    return None


def _can_be(stamp: Timestamp) -> bool:
    return is_within(stamp) and local_date(instant(stamp)).year >= YEAR_MIN


def _in_words(stamp: Timestamp) -> str:
    """The time that was written; seconds since 1970 for what is none."""
    return instant(stamp).isoformat() if is_within(stamp) else f"{stamp.seconds} s {stamp.nanos} ns"


def _person_count(count: int, maximum: int, found: list[Doubtful]) -> int:
    if 0 <= count <= maximum:
        return count or 1
    found.append(Doubtful(types.REGISTRATION_DOUBT_PERSON_COUNT, "person_count", str(count)))
    return 1
