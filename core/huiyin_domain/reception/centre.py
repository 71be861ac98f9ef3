"""Joint reception centres (联合接访中心), stream centre-<code>; visits (来访), stream visit-<id>."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority
from huiyin.reception.v1.events_pb2 import CentreOpened, VisitReceived
from huiyin.reception.v1.service_pb2 import OpenCentreRequest, ReceiveVisitRequest
from huiyin_domain.access import unknown_case
from huiyin_domain.checks import not_acting_for_agency, sealed_of, unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.reception.guards import accused_among, kept_out
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre as far as it is on the record."""

    centre: str = ""
    division: str = ""
    name: str = ""


class CentreDecider:
    """Rules of a centre (Art. 18(3): cities and counties shall have joint reception)."""

    category = "centre"

    def initial(self) -> Centre:
        return Centre()

    def decide(self, state: Centre, command: Message, context: Context) -> Decision:
        match command:
            case OpenCentreRequest():
                return _open(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Centre, event: Message) -> Centre:
        match event:
            case CentreOpened():
                return Centre(event.centre, event.division, event.name)
            case _:
                raise UnknownEventError(event.DESCRIPTOR.full_name)

    def case_ids(self, state: Centre) -> Sequence[str]:
        return ()

    def audience(self, state: Centre) -> Sequence[str]:
        return (state.centre,)


NAME_CHARACTERS_MAX = 60
"""The name of an office is public and stands in clear; there is no room for more than a name."""


def _open(state: Centre, command: OpenCentreRequest, context: Context) -> Decision:
    refusal = not_a_centre("centre", command.centre, context) or _not_its_own(command, context)
    if refusal or (refusal := _wrong_division(command, context)):
        return refusal
    if len(command.name) > NAME_CHARACTERS_MAX or not command.name.isprintable():
        message = f"name is no name of a centre: at most {NAME_CHARACTERS_MAX} characters on one line"
        return invalid("MALFORMED_NAME", message, field="name")
    name = command.name or context.policy.directory.name(command.centre)
    if not state.centre:
        return (CentreOpened(centre=command.centre, division=command.division, name=name),)
    if state == Centre(command.centre, command.division, name):
        return ()
    message = f"centre {state.centre} is on the record as {state.name}, division {state.division}"
    return wrong_state("CENTRE_EXISTS", message, division=state.division, name=state.name)


def not_a_centre(field: str, code: str, context: Context) -> Refusal | None:
    """A refusal unless the code is that of a joint reception centre."""
    if context.policy.directory.is_kind(code, OrganisationKind.CENTRE):
        return None
    message = f"{field} names {code or 'nothing'}, which is no joint reception centre: give a centre's code"
    return invalid("NOT_A_CENTRE", message, field=field, unit=code)


def _not_its_own(command: OpenCentreRequest, context: Context) -> Refusal | None:
    agency = context.principal.acting_agency
    if refusal := not_acting_for_agency(context):
        return refusal
    if agency == command.centre or context.policy.directory.is_superior(agency, command.centre):
        return None
    message = f"{agency} is neither the centre nor above it: let the centre or its superior enter it"
    return forbidden("NOT_OWN_CENTRE", message, centre=command.centre)


def _wrong_division(command: OpenCentreRequest, context: Context) -> Refusal | None:
    organisation = context.policy.directory.get(command.centre)
    assert organisation is not None
    if command.division == organisation.division:
        return None
    message = f"division {command.division or '(empty)'} is not the centre's: use {organisation.division}"
    return invalid("WRONG_DIVISION", message, field="division", division=organisation.division)


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


CENTRE = CentreDecider()
VISIT = VisitDecider()
