"""A case over all logs, folded once by case id: lists and figures are projected from this state."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from google.protobuf.message import Message

from huiyin.cases.v1.service_pb2 import CaseSummary
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.cases import intake
from huiyin_domain.cases import view as views
from huiyin_domain.cases.canonical import reader, to_text
from huiyin_domain.cases.parts import JudicialPart, ReceptionPart, SupervisionPart, with_added
from huiyin_domain.cases.view import CaseView
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks import record
from huiyin_domain.clocks.clock import Clock, next_clock
from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact
from huiyin_domain.intake.evolve import OTHER_STREAMS
from huiyin_domain.intake.records import Registration, replace
from huiyin_domain.intake.registered import SEALED_FIELDS
from huiyin_domain.intake.state import Petition


class PetitionPart(NamedTuple):
    """The petition by its own fold, without sealed texts; and what other petitions' events say of it.

    `linked_case_ids` are cases whose events name it; `same_matter` are cases that an officer found to be the
    same matter, on either's side. Both in order.
    """

    petition: Petition = Petition()
    linked_case_ids: tuple[str, ...] = ()
    same_matter: tuple[str, ...] = ()


class Case(NamedTuple):
    """A case: a part for each log, folded in that log's order, and the marks that its clocks hang on.

    No event is counted of a case that is known only from another's finding that it is the same matter.
    """

    intake: PetitionPart = PetitionPart()
    judicial: JudicialPart = JudicialPart()
    reception: ReceptionPart = ReceptionPart()
    supervision: SupervisionPart = SupervisionPart()
    event_count: int = 0
    clocks: CaseClocks = CaseClocks()

    @property
    def view(self) -> CaseView:
        """The case as lists show it."""
        part = intake.part_of(self.intake.petition, self.intake.linked_case_ids)
        return CaseView(part, self.judicial, self.reception, self.supervision, self.event_count)


class CaseFold:
    """States by case id. A fact concerns the cases it names, and one that it calls the same matter."""

    name = "case"

    def keys(self, fact: Fact) -> Sequence[str]:
        other = named_same_matter(fact.event)
        return (*fact.case_ids, other) if other and other not in fact.case_ids else fact.case_ids

    def initial(self) -> Case:
        return _INITIAL

    def evolve(self, state: Case, fact: Fact) -> Case:
        """The case after a fact that concerns it. Raises UnfoldableError."""
        if not _is_named(state, fact):
            part = _with_same_matter(state.intake, intake.other_case(fact))
            return state if part == state.intake else state._replace(intake=part)
        return state._replace(
            event_count=state.event_count + 1,
            clocks=clock_fold.evolve(state.clocks, fact),
            **views.after(state, fact, _of_intake),
        )

    def dump(self, state: Case) -> bytes:
        """Two lines: what the logs tell, then the marks."""
        return to_text(state[:-1]).encode() + b"\n" + record.to_bytes(state.clocks)

    def load(self, data: bytes) -> Case:
        parts, _, marks = data.partition(b"\n")
        told = [read(part) for read, part in zip(_READERS, json.loads(parts), strict=True)]
        return Case._make((*told, record.from_bytes(marks)))


_INITIAL = Case()
_READERS = [reader(Case.__annotations__[name]) for name in Case._fields[:-1]]


def named_same_matter(event: Message) -> str:
    """The other case that an event calls the same matter (相同信访事项); empty for every other event."""
    match event:
        case events.CaseLinked(kind=types.LINK_KIND_SAME_MATTER):
            return event.other_case_id
        case events.PetitionNotAccepted():
            return event.same_case_id
        case _:
            return ""


def _is_named(case: Case, fact: Fact) -> bool:
    """False where the event is another case's alone, and but calls this one the same matter."""
    if case_id := case.intake.petition.case_id:
        return case_id in fact.case_ids
    other = named_same_matter(fact.event)
    return not other or other in fact.case_ids


def _of_intake(part: PetitionPart, fact: Fact) -> PetitionPart:
    """The part after a fact of the intake log that names the case. Raises UnknownEventError."""
    intake.check_kind(fact)
    found = named_same_matter(fact.event)
    if not intake.is_own(part.petition.case_id, fact):
        other = intake.other_case(fact)
        linked = part._replace(linked_case_ids=with_added(part.linked_case_ids, (other,)))
        return _with_same_matter(linked, other) if found else linked
    if type(fact.event) in OTHER_STREAMS:
        return part
    petition = _without_texts(intake.goes_on(part.petition, fact.event), part.petition)
    return _with_same_matter(part._replace(petition=petition), found)


def _with_same_matter(part: PetitionPart, other: str) -> PetitionPart:
    return part._replace(same_matter=with_added(part.same_matter, (other,))) if other else part


_NO_TEXTS: dict[str, Any] = dict.fromkeys((*SEALED_FIELDS, "contact", "first_contact"))


def _without_texts(petition: Petition, before: Petition) -> Petition:
    """Nobody reads sealed texts here, and nothing that is shown depends on them."""
    if petition.word is not None:
        petition = petition._replace(word=None)
    if petition.registration is before.registration:
        return petition
    registration: Registration = replace(petition.registration, **_NO_TEXTS)
    return petition._replace(registration=registration)


def _is_over(clock: Clock, passed: Sequence[str]) -> bool:
    """A remedy that lapsed is no date to keep; a unit that is late still has to act."""
    return clock.nature is Nature.REMEDY and clock.clock_id in passed


def summary_of(
    case: Case, timetable: Timetable, derived: DerivedClocks | None = None, view: CaseView | None = None
) -> CaseSummary:
    """The case at a glance, with the next date somebody must keep.

    `derived` knows clocks from before; `view` is the case's, where it is at hand.
    """
    found = (derived or DerivedClocks()).of(case.clocks, timetable)
    lapsed = case.supervision.passed_clocks
    running = (one for one in found if not _is_over(one, lapsed))
    return views.summary(view or case.view, next_clock(tuple(running)))
