"""What a decision may know beside state and command: who calls, when, fresh identifiers and policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY, Entry
from huiyin.intake.v1.types_pb2 import IssueSketch, Standing
from huiyin_domain.acts.act import Acts
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import CodeTables
from huiyin_domain.directory import Directory
from huiyin_domain.text_comparison import NOT_COMPARED, Comparison


class Role(StrEnum):
    """What a principal is there for. Rights follow from the role and the agency's part in the case."""

    OFFICER = "officer"  # registers, routes, accepts, answers for an agency
    HEAD = "head"  # 负责人: also approves extensions
    SUPERVISOR = "supervisor"  # 督查: sees clocks and issues orders
    AUDITOR = "auditor"  # reads every log and verifies it; changes nothing
    ADMINISTRATOR = "administrator"  # runs the platform; reads no personal data
    SYSTEM = "system"  # an agency's own system, without an officer
    SERVICE = "service"  # one of the platform's own services
    EXCHANGE = "exchange"  # brings what an agency's system published, and may do nothing else


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `agency` is an organisation code, or the service's name for a service."""

    agency: str
    officer: str
    roles: frozenset[Role]
    on_behalf_of: str = ""

    def has(self, *roles: Role) -> bool:
        """True when the principal has at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def acting_agency(self) -> str:
        """The agency whose act it is."""
        return self.on_behalf_of or self.agency


class Petitioners(StrEnum):
    """Whether two filings are one person's, as far as what was left with them tells."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SameMatter:
    """Facts of the other case, taken from its own stream at the time of the decision; nothing of its content.

    `in_hand`: somebody still has to handle it. `re_reviewed`: a re-review opinion that ends it was served.
    `answer_served` is when the answer was served against which review or re-review is the next remedy; None
    when there is none. `concluded`: a judicial organ handed it back as lawfully concluded.
    """

    case_id: str
    responsible_unit: str
    in_hand: bool = False
    re_reviewed: bool = False
    answer_served: datetime | None = None
    concluded: bool = False
    petitioners: Petitioners = Petitioners.UNKNOWN


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a command may carry; named in the settings."""

    person_count_max: int = 9999
    extension_days_max: int = 30
    future_tolerance: timedelta = timedelta(minutes=5)
    participants_max: int = 50
    resolution_items_max: int = 200
    order_answer_days: int = 30
    recalls_max: int = 3
    entry_working_days: int = 3
    due_years_max: int = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """Versioned data that decisions depend on."""

    directory: Directory
    codes: CodeTables
    timetable: Timetable
    limits: Limits

    def calendar_at(self, agency: str) -> Calendar:
        """The calendar of an agency's own place: the days on which it works."""
        unit = self.directory.get(agency)
        return self.timetable.calendar_of(unit.division if unit else "")


def timely() -> Entry:
    """The entry of an act that is entered in time."""
    return Entry(kind=ENTRY_KIND_TIMELY)


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a decision may know from outside.

    `now` and `occurred` are aware and in UTC. `new_ids` are fresh UUIDv7 texts, to be used in order.
    `take_back_hash` is for a rating alone: the hash of the code that is told to the contact, if one was left.
    `query_code_hash` is for registration alone: the hash of the code that the petitioner will get.
    `issue_sketch` is what the filing is about, made before its text was sealed, and `part_sketch` that of a
    part to be split off. No decision looks into them.
    `comparison` says how alike the text of a redo, or of a filing made again, is to the earlier one.
    `contact_left` is for what is served under the query number alone: whether the petitioner can be reached.
    `acts` are the stream's earlier ones with their times, `entry` is how the command comes into the record.
    `same_matter` is what the record of the other case says that a non-acceptance names.
    `standings` is what intake says of the cases that a command of another service concerns.
    """

    now: datetime
    occurred: datetime
    principal: Principal
    new_ids: tuple[str, ...]
    policy: Policy
    query_code_hashes: tuple[bytes, ...] = ()
    document_mark: bytes = b""
    take_back_hash: bytes = b""
    issue_sketch: IssueSketch | None = None
    part_sketch: IssueSketch | None = None
    contact_left: bool | None = None
    comparison: Comparison = NOT_COMPARED
    same_matter: SameMatter | None = None
    acts: Acts = field(default_factory=dict)
    entry: Entry = field(default_factory=timely)
    standings: Mapping[str, Standing] = field(default_factory=dict)

    @property
    def effective(self) -> datetime:
        """From when the act counts against a limit of the actor's own, or for a date that it sets others.

        An entry that nobody approved counts from its recording.
        """
        return self.now if self.entry.kind == ENTRY_KIND_TIMELY else self.occurred
