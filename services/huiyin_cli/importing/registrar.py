"""Where filings are registered: the port that the import sends to, and how a sending can fail."""

from collections.abc import Sequence
from typing import Protocol

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1.service_pb2 import (
    CorrectRegistrationRequest,
    RegisterPetitionRequest,
    RegistrationOutcome,
)


class RegistrarUnavailableError(Exception):
    """No answer: whether anything was registered is unknown. The same request ids can be sent again."""


class BatchRefusedError(Exception):
    """The call as a whole was refused and nothing of it registered: one row of it may be the cause."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


class ImportStoppedError(Exception):
    """No row will get through: the import stops here and can be run again."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


class Registrar(Protocol):
    """Registers filings, each by itself; a request id sent again gives the first answer."""

    async def register(
        self, batch: Sequence[RegisterPetitionRequest], *, trial: bool = False
    ) -> Sequence[RegistrationOutcome]:
        """What became of each filing, in the same order; of a trial, what would become of it.

        Raises RegistrarUnavailableError, BatchRefusedError or ImportStoppedError.
        """
        ...

    async def correct(self, request: CorrectRegistrationRequest) -> Sequence[str]:
        """The fields of a case that were put right, or by a trial would be. Raises as `register` does."""
        ...

    async def person(self, case_id: str) -> Person:
        """Who petitions in a case; the reading is on the record. Raises as `register` does."""
        ...
