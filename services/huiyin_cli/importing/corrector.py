"""A row whose case is there already with other content: the case is put right, or kept as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from huiyin.intake.v1.service_pb2 import CorrectRegistrationRequest, RegistrationOutcome
from huiyin_cli.importing.convert import Filing
from huiyin_cli.importing.corrections import complete_person, correction_of, says_all_of_person
from huiyin_cli.importing.keys import ImportKeys
from huiyin_cli.importing.registrar import BatchRefusedError, Registrar
from huiyin_cli.importing.sender import REUSED, Sender
from huiyin_domain.codes import CodeTables


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

    def __init__(self, registrar: Registrar, sender: Sender, options: CorrectingOptions) -> None:
        self._registrar, self._sender, self._options = registrar, sender, options

    async def corrected(self, filing: Filing, outcome: RegistrationOutcome) -> Correction | None:
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

    async def _request(self, filing: Filing, outcome: RegistrationOutcome) -> CorrectRegistrationRequest:
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
