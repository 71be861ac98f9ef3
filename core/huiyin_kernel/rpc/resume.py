"""Resume tokens: where a subscription stopped, opaque to clients, good for one log only."""

import base64
import binascii

from huiyin_domain.refusal import invalid
from huiyin_kernel.rpc.errors import RefusedError

_VERSION = "1"


def resume_token(log: str, position: int) -> str:
    """The token for "everything up to this position has been sent"."""
    return base64.urlsafe_b64encode(f"{_VERSION}|{log}|{position}".encode()).decode()


def resume_position(token: str, log: str) -> int:
    """The position in a token. Raises RefusedError when it is malformed or of another log."""
    try:
        version, of_log, position = base64.urlsafe_b64decode(token.encode()).decode().split("|")
        number = int(position)
    except (ValueError, binascii.Error, UnicodeError) as error:
        message = "the resume token is malformed: use one from an earlier response, unchanged"
        raise RefusedError(invalid("MALFORMED_RESUME_TOKEN", message)) from error
    if version != _VERSION or of_log != log or number < 0:
        message = f"the resume token is of another log than {log}: start that subscription again"
        raise RefusedError(invalid("FOREIGN_RESUME_TOKEN", message, log=log))
    return number
