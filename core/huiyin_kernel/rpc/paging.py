"""Pages of lists ordered by an instant and an identifier: their size, and tokens for the next page."""

import base64
import binascii
from datetime import datetime
from typing import NamedTuple

from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.settings import RuntimeLimits


class Place(NamedTuple):
    """The last entry of a page; the next page begins after it."""

    time: datetime
    identifier: str


def page_size(asked: int, limits: RuntimeLimits) -> int:
    """How many entries a page has. Raises RefusedError."""
    if 0 <= asked <= limits.page_size_max:
        return asked or limits.page_size_default
    message = (
        f"page_size {asked} is not between 0 and {limits.page_size_max}: ask for that many, page by page"
    )
    limit = str(limits.page_size_max)
    raise RefusedError(invalid("PAGE_SIZE_OUT_OF_BOUNDS", message, field="page_size", limit=limit))


def page_token(of_list: str, last: Place) -> str:
    """Where the next page of a list begins, opaque to clients."""
    text = f"{of_list}|{last.time.isoformat()}|{last.identifier}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def place_of(token: str, of_list: str) -> Place:
    """The place in a token. Raises RefusedError when it is malformed or of another list."""
    try:
        named, time, identifier = base64.urlsafe_b64decode(token.encode()).decode().split("|")
        place = Place(datetime.fromisoformat(time), identifier)
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise RefusedError(_malformed()) from error
    if named != of_list or place.time.tzinfo is None or not identifier.isprintable():
        raise RefusedError(_malformed())
    return place


def _malformed() -> Refusal:
    message = "the page token is malformed: use one from an earlier response of this list, unchanged"
    return invalid("MALFORMED_PAGE_TOKEN", message, field="page_token")
