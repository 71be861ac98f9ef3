"""What the service doubts of a filing, as the report tells it; foreseen without it by the same rule."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_cli.importing.faults import Fault, Reason
from huiyin_domain.context import Policy
from huiyin_domain.intake.taking import taken

_PREFIX = "REGISTRATION_DOUBT_"
_FIELDS = {
    "PLACE_MISSING": "division",
    "PLACE_UNKNOWN": "division",
    "PLACE_NOT_IN_FORCE": "division",
    "CONTENT_MISSING": "content",
    "ENTERED_LATE": "received_time",
    "SOURCE": "",
}


def told(doubts: Iterable[RegistrationDoubt.ValueType]) -> Iterator[Fault]:
    """The doubts of an answer."""
    for doubt in doubts:
        name = RegistrationDoubt.Name(doubt).removeprefix(_PREFIX)
        yield Fault(Reason(name), _FIELDS.get(name, name.lower()))


def foreseen(filing: RegisterPetitionRequest, policy: Policy, now: datetime) -> Iterator[Fault]:
    """The doubts that need no more than the filing and the code tables."""
    found = set(taken(filing, policy, now).doubts)
    if not filing.HasField("content"):
        found.add(types.REGISTRATION_DOUBT_CONTENT_MISSING)
    yield from told(sorted(found))
