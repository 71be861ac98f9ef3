"""The service's edge: every secret in a command is sealed here, before anything is decided or written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import Message

from huiyin_domain.context import Principal, Role
from huiyin_kernel.vault.keys import DerivedSecrets, query_code_hash
from huiyin_kernel.vault.sealed_fields import FoundSecret, secrets_in
from huiyin_kernel.vault.secret_fields import PETITIONER, Form, SealingLimits, form_of
from huiyin_kernel.vault.vault import Sealing, Vault
from huiyin_store.port import Appended, NewKey

DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """A request without a clear secret, and what its append must carry.

    `document_mark` recognises the document again within its case; empty when the request carries none.
    """

    request: Message
    new_keys: tuple[NewKey, ...]
    document_mark: bytes
    sealing: Sealing


class SecretSealer:
    """Seals requests, and makes what is derived from what they say in clear."""

    def __init__(self, vault: Vault, derived: DerivedSecrets, limits: SealingLimits) -> None:
        self.vault, self.derived, self._limits = vault, derived, limits

    async def seal_request(
        self,
        request: Message,
        case_subject: str,
        person_subject: str | None,
        principal: Principal,
        *,
        fields: Mapping[str, str] | None = None,
        fresh: Collection[str] = (),
    ) -> SealedRequest:
        """Seals every clear secret of a request, in place, under its case's or person's key.

        `fields` names the subject of the request's own fields that belong to neither, such as those of a case
        split off;
        `fresh` are subjects known to have no key yet. A secret that says nothing is cleared: it counts as
        not given. Raises RefusedError before anything is changed.
        """
        clear = self._clear_secrets(request, principal)
        own = [(fields or {}) if one.parent is request else {} for one in clear]
        subjects = [
            _subject(one.purpose, case_subject, person_subject, named)
            for one, named in zip(clear, own, strict=True)
        ]
        mark = self._mark(clear, subjects)
        sealing = await self.vault.begin(subjects, fresh)
        _seal(sealing, clear, subjects)
        return SealedRequest(request, sealing.new_keys, mark, sealing)

    def remember(self, sealed: SealedRequest, appended: Appended) -> None:
        """Keeps new keys at hand for the next command on the same case, once they are durable."""
        self.vault.remember(sealed.sealing, appended)

    def fingerprint(self, method: str, request: bytes) -> bytes:
        """Recognises the same command, given by its bytes as sent, under the same request id."""
        return self.derived.fingerprint(method, request)

    def query_code(self, case_id: str) -> str:
        """The code with which a petitioner follows the case."""
        return self.derived.query_code(case_id)

    def query_code_hash(self, code: str) -> bytes:
        """What the log keeps of the code."""
        return query_code_hash(code)

    def person_id(self, agency: str, reference: str) -> UUID:
        """The person that an agency's system names by a reference."""
        return self.derived.person_id(agency, reference)

    def _clear_secrets(self, request: Message, principal: Principal) -> list[FoundSecret]:
        """What is to be sealed; checks everything before it clears what is blank."""
        found, from_service = secrets_in(request), principal.has(Role.SERVICE)
        forms = [form_of(secret, self._limits, from_service=from_service) for secret in found]
        for secret, form in zip(found, forms, strict=True):
            if form is Form.BLANK:
                secret.parent.ClearField(secret.purpose)
        return [secret for secret, form in zip(found, forms, strict=True) if form is Form.CLEAR]

    def _mark(self, clear: Sequence[FoundSecret], subjects: Sequence[str]) -> bytes:
        for secret, subject in zip(clear, subjects, strict=True):
            if secret.purpose == DOCUMENT:
                return self.derived.document_mark(subject, secret.secret.clear.text)
        return b""


def _seal(sealing: Sealing, clear: Sequence[FoundSecret], subjects: Sequence[str]) -> None:
    for secret, subject in zip(clear, subjects, strict=True):
        sealed = sealing.seal(subject, secret.purpose, secret.secret.clear)
        secret.secret.sealed.CopyFrom(sealed)  # one form replaces the other


def _subject(purpose: str, case: str, person: str | None, fields: Mapping[str, str]) -> str:
    """The petitioner is a person beyond the case; everything else belongs to the case."""
    if purpose in fields:
        return fields[purpose]
    if purpose != PETITIONER:
        return case
    if person is None:
        raise ValueError("a request with a petitioner needs a person to seal it for")
    return person
