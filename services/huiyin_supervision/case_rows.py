"""What the access policy needs to know of a case, kept beside its clocks; and that policy as a condition."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.events_pb2 import PetitionClassified, PetitionRegistered
from huiyin_domain.access import Scope, scope
from huiyin_domain.directory import Directory
from huiyin_domain.principal import Principal
from huiyin_kernel.codec import payload_of

_REGISTERED = """
INSERT INTO supervision.case_row (case_id, division) VALUES (%s, %s) ON CONFLICT (case_id) DO NOTHING
"""
_CLASSIFIED = "UPDATE supervision.case_row SET accused = %s WHERE case_id = %s"
_TYPES = frozenset(message.DESCRIPTOR.full_name for message in (PetitionRegistered, PetitionClassified))


async def write_cases(connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
    """Takes over where cases belong and who is accused in them; again changes nothing."""
    for event in events:
        if event.type in _TYPES:
            await _write(connection, event)


async def _write(connection: AsyncConnection[Any], event: Event) -> None:
    message = payload_of(event)
    if isinstance(message, PetitionRegistered):
        await connection.execute(_REGISTERED, (message.case_id, message.division))
    elif isinstance(message, PetitionClassified):
        case_id = event.metadata.case_ids[0]
        await connection.execute(_CLASSIFIED, (sorted(set(message.accused_units)), case_id))


class Visible(NamedTuple):
    """A condition on supervision.case_row, with its parameters."""

    text: str
    parameters: Mapping[str, Any]


def visible(principal: Principal, directory: Directory) -> Visible:
    """Only cases within the principal's scope; an accused unit sees none of its own (Art. 30(3))."""
    reach = scope(principal, directory)
    parameters = {"agency": reach.agency, "division_line": f"{reach.division_line}%"}
    return Visible(f"NOT (%(agency)s = ANY(accused)) AND ({_admitted(reach)})", parameters)


def _admitted(reach: Scope) -> str:
    """An agency is here a party of a case when a clock of that case was or is its own."""
    ways = ["true"] if reach.all_cases else []
    if reach.as_party:
        own = "own.case_id = case_row.case_id AND own.unit = %(agency)s"
        ways.append(f"EXISTS (SELECT FROM supervision.clock_row AS own WHERE {own})")
    if reach.division_line:
        ways.append("division LIKE %(division_line)s")
    return " OR ".join(ways) or "false"
