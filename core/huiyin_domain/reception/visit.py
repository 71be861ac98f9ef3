"""Visits (来访) received at a centre by several agencies together: stream visit-<id>."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority
from huiyin.reception.v1.events_pb2 import VisitReceived
from huiyin.reception.v1.service_pb2 import ReceiveVisitRequest
from huiyin_domain.access import unknown_case
from huiyin_domain.checks import not_acting_for_agency, sealed_of, unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.reception.centre import not_a_centre
from huiyin_domain.reception.convening import accused_among, kept_out
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as recorded. The case is empty while the matter is not registered."""

    visit_id: str = ""
    centre: str = ""
    case_id: str = ""
    agencies: tuple[str, ...] = ()


class VisitDecider:
    """Rules of a visit."""

    category = "visit"

    def initial(self) -> Visit:
        return Visit()

    def decide(self, state: Visit, command: Message, context: Context) -> Decision:
        match command:
            case ReceiveVisitRequest():
                return _receive(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Visit, event: Message) -> Visit:
        match event:
            case VisitReceived():
                return Visit(event.visit_id, event.centre, event.case_id, tuple(event.agencies))
            case _:
                raise UnknownEventError(event.DESCRIPTOR.full_name)

    def case_ids(self, state: Visit) -> Sequence[str]:
        return (state.case_id,) if state.case_id else ()

    def audience(self, state: Visit) -> Sequence[str]:
        return tuple(dict.fromkeys((state.centre, *state.agencies)))


def _receive(state: Visit, command: ReceiveVisitRequest, context: Context) -> Decision:
    visit_id = context.new_ids[0]
    if state.visit_id == visit_id:
        return ()
    if refusal := _exists(state) or _fault(command, context):
        return refusal
    authority = _authority(command, context) if command.case_id else None
    if isinstance(authority, Refusal):
        return authority
    return (
        VisitReceived(
            visit_id=visit_id,
            centre=command.centre,
            case_id=command.case_id,
            agencies=dict.fromkeys(command.agencies),
            visitor_count=command.visitor_count,
            record=sealed_of(command.record),
            authority=authority,
        ),
    )


def _authority(command: ReceiveVisitRequest, context: Context) -> Authority | Refusal:
    """A visit belongs to a case only for who has a part in it: knowing its id gives nothing (promise P13).

    Recorded by the responsible unit it gives those named a part in the case, as far as the record of it
    goes; recorded by another it rests on the petitioner, who came, and gives nobody a part.
    """
    standing, directory = context.standings.get(command.case_id), context.policy.directory
    agency = context.principal.acting_agency
    runs_it = agency in (command.centre, *directory.operators(command.centre))
    known_to = {agency, *((command.centre, *directory.operators(command.centre)) if runs_it else ())}
    if standing is None or agency in kept_out(standing, directory) or known_to.isdisjoint(standing.parties):
        return unknown_case()
    if refusal := accused_among((command.centre, *command.agencies), [command.case_id], context):
        return refusal
    holds = agency == standing.responsible_unit
    kind = common.AUTHORITY_KIND_HOLDER if holds else common.AUTHORITY_KIND_PETITIONER
    return Authority(kind=kind, organ=agency)


def _exists(state: Visit) -> Refusal | None:
    if not state.visit_id:
        return None
    return wrong_state("VISIT_EXISTS", f"visit {state.visit_id} is recorded: begin a new one")


def _fault(command: ReceiveVisitRequest, context: Context) -> Refusal | None:
    return (
        not_a_centre("centre", command.centre, context)
        or _agencies_fault(command, context)
        or _count_fault(command.visitor_count, context)
    )


def _agencies_fault(command: ReceiveVisitRequest, context: Context) -> Refusal | None:
    if not command.agencies:
        return invalid("FIELD_REQUIRED", "agencies is empty: name those who received", field="agencies")
    for code in command.agencies:
        if refusal := unknown_agency("agencies", code, context):
            return refusal
    if refusal := not_acting_for_agency(context):
        return refusal
    operators = context.policy.directory.operators(command.centre)
    if context.principal.acting_agency in (command.centre, *operators, *command.agencies):
        return None
    return forbidden(
        "NOT_RECEIVING", "the caller's agency did not receive the visitors: let one that did record it"
    )


def _count_fault(count: int, context: Context) -> Refusal | None:
    """Visitors are counted as they came.

    A group shall speak through at most five representatives (Art. 20(3)); that more came is recorded all
    the same, for a visit is never turned away by this record.
    """
    maximum = context.policy.limits.person_count_max
    if 1 <= count <= maximum:
        return None
    message = f"visitor_count {count} is not between 1 and {maximum}: say how many came"
    return invalid("COUNT_OUT_OF_RANGE", message, field="visitor_count", maximum=str(maximum))
