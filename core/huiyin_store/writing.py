"""One batch on one session: if the database refuses it as a whole, each of its appends alone."""

from collections.abc import Sequence

import psycopg
from psycopg import errors

from huiyin_store.answers import Outcome, outcomes
from huiyin_store.batch import EncodedAppend
from huiyin_store.port import EventIdReusedError, StoreError
from huiyin_store.session import PASSING, Session


async def append_each(session: Session, batch: Sequence[EncodedAppend]) -> list[Outcome]:
    """What became of each append, durably. Raises what passes (see session.PASSING)."""
    try:
        return outcomes([encoded.append for encoded in batch], await session.append(batch))
    except PASSING:
        raise
    except psycopg.Error as error:
        if len(batch) == 1:
            return [_refusal(batch[0], error)]
    return [(await append_each(session, [encoded]))[0] for encoded in batch]


def _refusal(encoded: EncodedAppend, error: psycopg.Error) -> StoreError:
    """Why the database would not take an append that it had no objection to in itself."""
    if isinstance(error, errors.UniqueViolation) and error.diag.constraint_name == "event_id_once":
        return EventIdReusedError(encoded.append.writes[0].stream)
    refused = f"append {encoded.append.request_id} was refused by the database, nothing was written"
    return StoreError(f"{refused}: {error}")
