"""Joint reception centres (联合接访中心): stream centre-<code>, entered in the record once."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.reception.v1.events_pb2 import CentreOpened
from huiyin.reception.v1.service_pb2 import OpenCentreRequest
from huiyin_domain.checks import not_acting_for_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.directory import OrganisationKind
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
