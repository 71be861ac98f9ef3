"""Walks through the states that a case can reach: commands and reactions of real deciders, and its clocks.

Every step is one append. What a service has not heard yet is on its way: hearing it is a step of its own, so
that the states in between are walked through as well.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import service_pb2 as organ
from huiyin.judicial.v1 import types_pb2 as judicial_types
from huiyin_domain.acts.act import Acts, act_of
from huiyin_domain.acts.judge import judged
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.context import Context, Principal
from huiyin_domain.decider import Fact, fold
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import on_acknowledged, on_declined, on_handed_back
from huiyin_domain.intake.state import Petition
from huiyin_domain.judicial.reactions import OfCase, on_case, referral_id_of
from huiyin_domain.judicial.referral import REFERRAL, Referral
from huiyin_domain.refusal import Refusal
from tests.support.deciding import START, identity, officer, secret
from tests.support.small_policy import POLICY
from tests.unit.intake.moves import Fields, moves, rightful
from tests.unit.intake.reacting import INTAKE

Tried = Callable[[Petition, str, Fields], bool]
"""Whether a walk tries a command, by its rpc and what is sent with it."""

STILL = frozenset({"RestatePetition", "LinkCase", "RatePetition", "TakeBackRating", "ConfirmNotice"})
"""Commands that leave a case waiting for what it waited for."""

OPINIONS_MAX, OFFERS_MAX = 2, 2
"""Where a walk turns back: what follows a third answer or offer is what follows the second."""


@dataclass(frozen=True)
class Node:
    """A case at a point: its petition, its referrals, what is on its way between them, and its marks."""

    petition: Petition = field(default_factory=PETITION.initial)
    referrals: Mapping[str, Referral] = field(default_factory=dict)
    to_organ: tuple[Message, ...] = ()
    to_intake: tuple[tuple[str, Message], ...] = ()
    marks: CaseClocks = field(default_factory=clock_fold.initial)
    acts: Mapping[str, Acts] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    now: datetime = START
    path: tuple[str, ...] = ()

    @property
    def state(self) -> Petition:
        """As cases of other tests have it."""
        return self.petition

    @property
    def holder(self) -> Principal:
        """An officer of the responsible unit."""
        return officer(self.petition.holder)

    def later(self, **span: float) -> "Node":
        """Time goes by."""
        return replace(self, now=self.now + timedelta(**span))


def registered(by: str, entry: int = common.ENTRY_KIND_TIMELY, **filed: Any) -> Node:
    """A case that begins with a filing."""
    given: dict[str, Any] = {"channel": "letter", "division": "990101", "content": secret("content")}
    command = commands.RegisterPetitionRequest(**(given | filed))
    node = Node()
    context = _context(node, officer(by), "", query_code_hashes=(b"hash",))
    made = judged(PETITION.decide(node.petition, command, context), context)
    assert not isinstance(made, Refusal), made
    return of_petition(node, "register", made, by, entry)


def split_off(by: str, track: common.Track.ValueType, **filed: Any) -> Node:
    """A part that was split off from another case."""
    event = events.PetitionRegistered(
        case_id=identity(9), unit=by, petition_office=True, origin_case_id=identity(7), track=track, **filed
    )
    return of_petition(Node(), "split off", (event,), by)


def steps(node: Node, tried: Tried = lambda *_: True, **later: float) -> Iterator[Node]:
    """Every next state, an hour later or after the time given."""
    node = node.later(**(later or {"hours": 1}))
    yield from _commands(node, tried)
    yield from _of_organs(node)
    if node.to_organ:
        yield _heard_by_organ(node)
    if node.to_intake:
        yield _heard_by_intake(node)


def _commands(node: Node, tried: Tried) -> Iterator[Node]:
    for rpc, variants in moves(node.petition).items():
        for fields in variants:
            if _goes_on(node.petition, rpc, fields) and tried(node.petition, rpc, fields):
                decided = _decided(node, rpc, fields)
                if decided is not None:
                    yield decided


def _decided(node: Node, rpc: str, fields: Fields) -> Node | None:
    by = rightful(node, rpc)  # type: ignore[arg-type] # what it needs of a case is here
    given = dict(fields)
    document_mark = given.pop("mark", b"")
    context = _context(node, by, f"petition-{node.petition.case_id}", document_mark=document_mark)
    made = judged(PETITION.decide(node.petition, _command(node, rpc, given), context), context)
    if isinstance(made, Refusal) or not made:
        return None
    return of_petition(node, _label(rpc, given), made, by.acting_agency)


def _goes_on(petition: Petition, rpc: str, fields: Fields) -> bool:
    """False where a walk turns back."""
    if rpc == "IssueOpinion":
        return len(petition.opinions) < OPINIONS_MAX
    if rpc == "ReferLitigation":
        return len(petition.referrals) < OFFERS_MAX
    return rpc not in STILL


def _command(node: Node, rpc: str, fields: Fields) -> Message:
    request: type[Message] = getattr(commands, f"{rpc}Request")
    known: dict[str, Any] = {
        "case_id": node.petition.case_id,
        "epoch": node.petition.epoch,
        "classification_version": node.petition.classifications,
        "extension_version": len(node.petition.extensions),
    }
    named = request.DESCRIPTOR.fields_by_name
    return request(**({name: value for name, value in known.items() if name in named} | fields))


_ORGANS: tuple[tuple[type[Message], Fields], ...] = (
    (organ.AcknowledgeReferralRequest, {}),
    (
        organ.DeclineReferralRequest,
        {"reason": judicial_types.DECLINE_REASON_NOT_LITIGATION, "explanation": secret("none")},
    ),
    (organ.ReportProgressRequest, {"report": secret("so far")}),
    (organ.ReplyToPetitionerRequest, {"reply": secret("taken")}),
    (
        organ.ConcludeReferralRequest,
        {"kind": judicial_types.CONCLUSION_KIND_DECIDED, "document": secret("judgment")},
    ),
    (organ.HandBackReferralRequest, {}),
)


def _of_organs(node: Node) -> Iterator[Node]:
    for referral_id, referral in node.referrals.items():
        for request, fields in _ORGANS:
            by = officer(referral.organ)
            context = _context(node, by, f"referral-{referral_id}")
            command = request(**{"referral_id": referral_id, **fields})
            made = judged(REFERRAL.decide(referral, command, context), context)
            if not isinstance(made, Refusal) and made:
                label = request.DESCRIPTOR.name.removesuffix("Request")
                yield _of_referral(node, label, referral_id, made, referral.organ)


def _heard_by_organ(node: Node) -> Node:
    event, *rest = node.to_organ
    assert isinstance(event, OfCase)
    referral_id = referral_id_of(event)
    state = node.referrals.get(referral_id, REFERRAL.initial())
    heard = replace(node, to_organ=tuple(rest))
    return _of_referral(heard, f"organ hears {event.DESCRIPTOR.name}", referral_id, on_case(state, event), "")


def _heard_by_intake(node: Node) -> Node:
    (referral_id, event), *rest = node.to_intake
    heard = replace(node, to_intake=tuple(rest))
    context = _context(node, INTAKE, f"petition-{node.petition.case_id}")
    match event:
        case judicial.ReferralAcknowledged():
            made = on_acknowledged(node.petition, referral_id, event, context)
        case judicial.ReferralDeclined():
            made = on_declined(node.petition, referral_id, event)
        case _:
            assert isinstance(event, judicial.ReferralHandedBack)
            made = on_handed_back(node.petition, referral_id, event, context)
    return of_petition(heard, f"intake hears {event.DESCRIPTOR.name}", made, "")


def of_petition(
    node: Node, label: str, made: Iterable[Message], by: str, entry: int = common.ENTRY_KIND_TIMELY
) -> Node:
    """The case after an append to its petition's stream."""
    made = tuple(made)
    petition = fold(PETITION, node.petition, made)
    node = replace(node, petition=petition, path=(*node.path, label))
    told = tuple(event for event in made if isinstance(event, OfCase))
    node = replace(node, to_organ=(*node.to_organ, *told))
    return _recorded(node, "intake", f"petition-{petition.case_id}", made, by, entry)


def _of_referral(node: Node, label: str, referral_id: str, made: Iterable[Message], by: str) -> Node:
    made = tuple(made)
    state = fold(REFERRAL, node.referrals.get(referral_id, REFERRAL.initial()), made)
    told = tuple((referral_id, event) for event in made if isinstance(event, _HEARD))
    node = replace(
        node,
        referrals={**node.referrals, referral_id: state},
        to_intake=(*node.to_intake, *told),
        path=(*node.path, label),
    )
    return _recorded(node, "judicial", f"referral-{referral_id}", made, by)


_HEARD = (judicial.ReferralAcknowledged, judicial.ReferralDeclined, judicial.ReferralHandedBack)


def _recorded(
    node: Node,
    context: str,
    stream: str,
    made: tuple[Message, ...],
    by: str,
    entry: int = common.ENTRY_KIND_TIMELY,
) -> Node:
    """The marks and acts after facts of one stream."""
    version, marks = node.versions.get(stream, 0), node.marks
    acts = dict(node.acts.get(stream, {}))
    for event in made:
        version += 1
        marks = clock_fold.evolve(marks, _fact(node, context, stream, version, event, by, entry))
        acts[type(event)] = act_of(event, node.now, node.now)
    return replace(
        node,
        marks=marks,
        acts={**node.acts, stream: acts},
        versions={**node.versions, stream: version},
    )


def _fact(node: Node, context: str, stream: str, version: int, event: Message, by: str, entry: int) -> Fact:
    return Fact(
        context=context,
        log=f"{context}@990000",
        position=sum(node.versions.values()) + version,
        stream=stream,
        version=version,
        event_id=f"{stream}:{version}",
        recorded=node.now,
        occurred=node.now,
        case_ids=(node.petition.case_id,),
        causes=(),
        event=event,
        agency=by,
        entry=entry,  # type: ignore[arg-type] # a value of the enum
    )


def _context(node: Node, by: Principal, stream: str, **changes: Any) -> Context:
    ids, acts = _fresh_ids(sum(node.versions.values())), node.acts.get(stream, {})
    return Context(node.now, node.now, by, ids, POLICY, acts=acts, **changes)


@cache
def _fresh_ids(events: int) -> tuple[str, ...]:
    return tuple(identity(100 * (1 + events) + number) for number in range(4))


def _label(rpc: str, fields: Fields) -> str:
    kept = {
        name: value for name, value in fields.items() if isinstance(value, str | int) and name[-3:] != "_id"
    }
    return f"{rpc} {kept}" if kept else rpc
