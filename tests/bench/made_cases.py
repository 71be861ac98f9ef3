"""Cases made by the real deciders in memory, for stores that would take hours through the API.

Every append is the one that intake would write: decided, judged, with who, why and for whom, its secrets
sealed under keys of the case and the person. Heads enter as late what happened in the last two years.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.acts.act import with_act
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.decider import fold
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.refusal import Refusal
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.commands import fresh_ids
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.requests import Call, scope_of
from huiyin_kernel.settings import Settings
from huiyin_kernel.streams import Change, Loaded, decided, to_append
from huiyin_kernel.vault.keys import query_code_hash
from huiyin_kernel.vault.rings import open_ring
from huiyin_kernel.vault.vault import Sealing
from huiyin_store.port import Append
from tests.bench.driver import CONTENT_CLASSES, DIVISIONS, letter
from tests.support.calling import agency

SPAN_DAYS, OPEN_DAYS = 730.0, 12.0
"""How long ago cases begin at the most: those that are over, and those that are still under way."""
ENDED_SHARE = 0.9
UNITS = 5
_OFFICES = {one: agency(OrganisationKind.PETITION_OFFICE, one) for one in DIVISIONS}
_HEAD = frozenset({Role.OFFICER, Role.HEAD})

Step = tuple[str, Message]
"""Whose act it is, and the command."""


class CaseMaker:
    """Makes cases, one after the other, for the intake log of a platform whose ring of keys is at hand."""

    def __init__(self, settings: Settings, seed: int = 1) -> None:
        self._policy = load_policy()
        self._master = open_ring(settings.paths, "intake", os.environ, SystemClock())
        self._chance = random.Random(seed)

    def case(self) -> list[Append]:
        """All appends of one case, in order."""
        division = self._chance.choice(DIVISIONS)
        unit = agency(OrganisationKind.DEPARTMENT, division, self._chance.randrange(UNITS))
        ended = self._chance.random() < ENDED_SHARE
        begun = datetime.now(UTC) - timedelta(days=self._chance.uniform(8, SPAN_DAYS if ended else OPEN_DAYS))
        case = _Case(self._policy, self._chance, Sealing(self._master, {}), fresh_ids(), begun)
        steps = list(case.steps(division, unit))
        taken = len(steps) if ended else self._chance.randrange(1, 5)
        return [case.append(*step) for step in steps[:taken]]


@dataclass
class _Case:
    policy: Any
    chance: random.Random
    sealing: Sealing
    ids: tuple[str, ...]
    occurred: datetime
    kept: int = 0

    def __post_init__(self) -> None:
        self.case_id, self.person_id = self.ids[0], self.ids[1]
        self.loaded: Loaded[Any] = Loaded(f"{PETITION.category}-{self.case_id}", PETITION.initial(), 0)

    def steps(self, division: str, unit: str) -> Iterator[Step]:
        """Registered, classified, handed over, accepted, told, answered, served, closed."""
        office = _OFFICES[division]
        yield office, self._filing(division)
        classified = {
            "petition_class": types.PETITION_CLASS_CLAIM,
            "route": types.ROUTE_PETITION,
            "track": common.TRACK_ADMINISTRATIVE,
            "reasons": self._secret("reasons", "按来件内容甄别"),
        }
        yield office, self._on(intake.ClassifyPetitionRequest, **classified)
        note = self._secret("note", "请依法办理")
        sent = {"kind": types.HANDOVER_KIND_TRANSFER, "to_unit": unit, "note": note}
        yield office, self._on(intake.HandOverPetitionRequest, **sent)
        yield unit, self._on(intake.AcceptPetitionRequest)
        document = self._secret("document", letter(self.chance))
        outcome = self.chance.choice((types.OPINION_OUTCOME_EXPLAINED, types.OPINION_OUTCOME_NOT_SUPPORTED))
        yield unit, self._on(intake.IssueOpinionRequest, epoch=2, outcome=outcome, document=document)
        yield unit, self._on(intake.ServeOpinionRequest, epoch=2, method=types.SERVICE_METHOD_MAIL)
        yield unit, self._on(intake.ClosePetitionRequest, epoch=2, kind=types.CLOSING_KIND_ANSWERED)

    def append(self, agency_code: str, command: Any) -> Append:
        """What intake would write for a command by the head of an agency."""
        if isinstance(command, intake.ServeOpinionRequest):
            command.opinion_id = self.loaded.state.opinion.opinion_id
        call = self._call(Principal(agency_code, "head-01", _HEAD), command)
        ids = self.ids if self.loaded.version == 0 else fresh_ids()
        context = Context(
            now=call.now,
            occurred=call.occurred,
            principal=call.principal,
            new_ids=ids,
            policy=self.policy,
            query_code_hashes=(query_code_hash(self.case_id),),
            document_mark=os.urandom(32) if hasattr(command, "document") else b"",
            entry=call.entry,
        )
        decision = decided(PETITION, self.loaded, command, context)
        assert not isinstance(decision, Refusal), f"{call.method} of a made case is refused: {decision}"
        keys = self.sealing.new_keys[self.kept :]
        append = to_append(call, [Change(PETITION, self.loaded, decision)], keys)
        self.kept += len(keys)
        self._go_on(decision, call)
        return append

    def _go_on(self, events: Any, call: Call) -> None:
        acts = self.loaded.acts
        for event in events:
            acts = with_act(acts, event, call.occurred, call.now)
        state = fold(PETITION, self.loaded.state, events)
        self.loaded = Loaded(self.loaded.stream, state, self.loaded.version + len(events), acts)
        self.occurred += timedelta(hours=self.chance.uniform(4, 16))

    def _call(self, principal: Principal, command: Message) -> Call:
        request_id = uuid7()
        late = common.Entry(
            kind=common.ENTRY_KIND_LATE,
            reason=self._secret("reason", "启用平台前在纸面上办理").sealed,
            approved_by=principal.officer,
        )
        method = type(command).__name__.removesuffix("Request")
        return Call(
            principal=principal,
            method=method,
            scope=scope_of(principal),
            request_id=request_id,
            occurred=self.occurred,
            now=datetime.now(UTC),
            correlation_id=str(request_id),
            causation_id="",
            causes=(),
            fingerprint=os.urandom(32),
            entry=late,
        )

    def _filing(self, division: str) -> Message:
        clear = common.Clear(person=common.Person(name="示例", phone="13900000000"))
        petitioner = self.sealing.seal(f"person-{self.person_id}", "petitioner", clear)
        return intake.RegisterPetitionRequest(
            channel=self.chance.choice(("web", "letter", "visit")),
            division=division,
            content_class=self.chance.choice(CONTENT_CLASSES),
            person_id=self.person_id,
            petitioner=common.Secret(sealed=petitioner),
            subject=self._secret("subject", letter(self.chance, 1)),
            content=self._secret("content", letter(self.chance)),
        )

    def _on(self, request: type[Message], **fields: Any) -> Message:
        given: dict[str, Any] = {"case_id": self.case_id, "epoch": 1, **fields}
        return request(**given)

    def _secret(self, purpose: str, words: str) -> common.Secret:
        clear = common.Clear(text=words)
        return common.Secret(sealed=self.sealing.seal(f"case-{self.case_id}", purpose, clear))
