"""What a decision may know beside state and command: time, actor, fresh identifiers and policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.codes import CodeTables
from huiyin_domain.directory import Directory
from huiyin_domain.principal import Principal


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a command may carry; named in the settings."""

    person_count_max: int = 9999
    extension_days_max: int = 30
    future_tolerance: timedelta = timedelta(minutes=5)
    participants_max: int = 50
    resolution_items_max: int = 200
    order_answer_days: int = 30
    source_characters_max: int = 200


@dataclass(frozen=True, slots=True)
class Policy:
    """Versioned data that decisions depend on."""

    directory: Directory
    codes: CodeTables
    calendar: Calendar
    limits: Limits


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a decision may know from outside.

    `now` and `occurred` are aware and in UTC. `new_ids` are fresh UUIDv7 texts, to be used in order.
    `query_code_hash` is for registration alone: the hash of the code that the petitioner will get; so is
    `issue_sketch`: what the filing is about, made before its text was sealed. No decision looks into it.
    """

    now: datetime
    occurred: datetime
    principal: Principal
    new_ids: tuple[str, ...]
    policy: Policy
    query_code_hashes: tuple[bytes, ...] = ()
    document_mark: bytes = b""
    issue_sketch: IssueSketch | None = None
