"""The answer to a caller whose identity is not proved."""

from collections.abc import Mapping


class UnauthenticatedError(Exception):
    """Why a caller is not who it says; the edge answers UNAUTHENTICATED with this reason.

    `reason` is stable UPPER_SNAKE; the message says what was wrong and what to do. Neither repeats a token.
    """

    def __init__(self, reason: str, message: str, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message, self.facts = reason, message, dict(facts or {})
