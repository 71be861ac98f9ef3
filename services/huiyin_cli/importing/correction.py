"""A row whose case is there already with other content: the case is put right, or kept as it stands.

What a cell says is put right; an empty one is silent.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1.service_pb2 import (
    CorrectRegistrationRequest,
    RegisterPetitionRequest,
    RegistrationOutcome,
)
from huiyin_cli.importing.convert import ReadyFiling
from huiyin_cli.importing.keys import ImportKeys
from huiyin_cli.importing.sender import REUSED, BatchRefusedError, FilingSender, Registrar
from huiyin_domain.codes import CodeTables
from huiyin_domain.directory import is_known

PERSON_FIELDS = tuple(field.name for field in Person.DESCRIPTOR.fields)
_PLAIN = ("channel", "division", "content_class", "purpose", "person_count")
_MESSAGES = ("received_time", "posted_time", "subject", "content")


def correction_of(
    filing: RegisterPetitionRequest, stated: Container[str], codes: CodeTables | None, reason: str
) -> CorrectRegistrationRequest:
    """The correction by which a case would say what the filing says, as far as the row states it.

    A code that is not in its table cannot be put right by it, and is left as it stands.
    """
    correction = CorrectRegistrationRequest()
    correction.reasons.clear.text = reason
    for name in _MESSAGES:
        if name in stated and filing.HasField(name):  # type: ignore[arg-type] # names of the contract
            getattr(correction, name).CopyFrom(getattr(filing, name))
            correction.fields.append(name)
    for name in _PLAIN:
        value = getattr(filing, name)
        if name in stated and value and (codes is None or _is_usable(name, value, codes)):
            setattr(correction, name, value)
            correction.fields.append(name)
    if "anonymous" in stated:
        correction.anonymous = filing.anonymous
        correction.fields.append("anonymous")
    said = [name for name in PERSON_FIELDS if name in stated]
    for name in said:
        setattr(correction.petitioner.clear.person, name, getattr(filing.petitioner.clear.person, name))
    correction.fields.extend(["petitioner"] if said else [])
    return correction


def complete_person(correction: CorrectRegistrationRequest, standing: Person) -> None:
    """Keeps of the person what the row does not say: a petitioner is put right as a whole."""
    person = correction.petitioner.clear.person
    for name in PERSON_FIELDS:
        if not getattr(person, name):
            setattr(person, name, getattr(standing, name))


def says_all_of_person(correction: CorrectRegistrationRequest) -> bool:
    """Whether nothing of the person has to be kept, or none is spoken of."""
    person = correction.petitioner.clear.person
    return "petitioner" not in correction.fields or all(getattr(person, name) for name in PERSON_FIELDS)


def _is_usable(name: str, value: str, codes: CodeTables) -> bool:
    match name:
        case "channel":
            return value in codes.channels
        case "division":
            return is_known(value, codes.divisions)
        case "content_class":
            return value in codes.content_classes
        case "purpose":
            return value in codes.purposes
        case _:
            return True


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of a row whose case is there already.

    `fields` are what is put right; with `kept`, what the case says otherwise since it was put right before,
    and goes on to say. Nothing of either: the case says what the row says.
    """

    fields: Sequence[str] = ()
    kept: bool = False
    refusal_reason: str = ""
    refusal_message: str = ""


@dataclass(frozen=True, slots=True)
class CorrectingOptions:
    """How cases are put right: `again` also those that were put right since; `trial` says it alone."""

    file: str
    keys: ImportKeys
    codes: CodeTables | None = None
    again: bool = False
    trial: bool = False


class Corrector:
    """Puts cases right by their rows. A second run finds nothing left to be put right."""

    def __init__(self, registrar: Registrar, sender: FilingSender, options: CorrectingOptions) -> None:
        self._registrar, self._sender, self._options = registrar, sender, options

    async def corrected(self, filing: ReadyFiling, outcome: RegistrationOutcome) -> Correction | None:
        """What became of the row; None when its case is as the row made it, or not this caller's to see."""
        reused = outcome.refusal_reason == REUSED
        if not outcome.case_id or not (reused or outcome.registration_version):
            return None
        try:
            request = await self._request(filing, outcome)
            if outcome.registration_version and not self._options.again:
                return Correction(await self._differing(request), kept=True)
            return Correction(await self._carried_out(request, trial=self._options.trial))
        except BatchRefusedError as error:
            return Correction(refusal_reason=error.reason, refusal_message=error.message)

    async def _request(self, filing: ReadyFiling, outcome: RegistrationOutcome) -> CorrectRegistrationRequest:
        """The correction, named after what it says and what it was made upon: sent twice it is one."""
        options = self._options
        where = f"{filing.sheet}, " if filing.sheet else ""
        row = f"{where}row {filing.number}"
        reason = f"corrected file {options.file} {row} · 更正后的文件，第 {filing.number} 行"
        request = correction_of(filing.request, filing.stated, options.codes, reason)
        if not says_all_of_person(request):
            standing = await self._sender.ask(lambda: self._registrar.person(outcome.case_id))
            complete_person(request, standing)
        request.case_id, request.epoch = outcome.case_id, outcome.epoch
        request.registration_version = outcome.registration_version
        if filing.request.info.HasField("late_entry"):
            request.info.late_entry.CopyFrom(filing.request.info.late_entry)
        request.info.request_id = options.keys.of_correction(request.SerializeToString(deterministic=True))
        return request

    async def _differing(self, request: CorrectRegistrationRequest) -> Sequence[str]:
        """The fields in which the case differs, those included that may not be put right like this."""
        try:
            return await self._carried_out(request, trial=True)
        except BatchRefusedError as error:
            refusal = error
        found = [name for name in request.fields if await self._differs(request, name)]
        if len(found) == len(request.fields):
            raise refusal  # it is about the case and no field of it
        return found

    async def _differs(self, request: CorrectRegistrationRequest, name: str) -> bool:
        alone = CorrectRegistrationRequest()
        alone.CopyFrom(request)
        alone.fields[:] = [name]
        try:
            return bool(await self._carried_out(alone, trial=True))
        except BatchRefusedError:
            return True

    async def _carried_out(self, request: CorrectRegistrationRequest, *, trial: bool) -> Sequence[str]:
        request.trial = trial
        return await self._sender.ask(lambda: self._registrar.correct(request))
