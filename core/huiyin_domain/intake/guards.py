"""What commands on a petition ask first: is there one, who calls and may, at which epoch, at which point.

Also what several of them judge alike: whether somebody is recused (Art. 28(3)), what the office that
registered it may say, and when and how a receipt, extension, opinion or review reached the petitioner.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import AskRecusalRequest, RequestRecusalRequest
from huiyin.intake.v1.types_pb2 import PetitionStatus, ServiceMethod
from huiyin_domain.access import (
    Action,
    CaseFacts,
    Relation,
    accused_unit,
    kept_out_by,
    may,
    not_a_party,
    organs_asked,
    relation,
    unknown_case,
)
from huiyin_domain.checks import not_acting_for_agency, not_an_officer, time_fault, told_time
from huiyin_domain.context import Context, Principal
from huiyin_domain.dates import instant
from huiyin_domain.directory import Directory
from huiyin_domain.intake.records import Recusal
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import (
    Refusal,
    forbidden,
    invalid,
    missing,
    revised_meanwhile,
    stale_epoch,
    wrong_state,
)


def case_facts(state: Petition, directory: Directory) -> CaseFacts:
    """Who has a part in the case, who had one, who is accused, where it belongs and whom it is put before."""
    return CaseFacts(
        parties=state.parties,
        accused_units=state.accused_units,
        division=state.registration.division,
        former=frozenset(state.participation.former),
        asked=organs_asked(state.participation.disputed, directory),
    )


def relation_to(state: Petition, context: Context) -> Relation:
    """How the caller's agency stands to the petition. To one that is not there all are strangers."""
    agency, directory = context.principal.acting_agency, context.policy.directory
    return relation(agency, case_facts(state, directory), directory)


class CaseCommand(Protocol):
    """A command on one case."""

    case_id: str
    epoch: int


def visible(state: Petition, context: Context, *, concerned: bool = False) -> Refusal | None:
    """A refusal, always the same one, unless the case is there and the caller's agency has a part in it.

    Whoever is accused learns nothing (Art. 30(3)), and nobody learns of a case by trying ids. `concerned`
    says that the command itself is put before the caller, as organ above a unit of the case.
    """
    relation = relation_to(state, context)
    sees = relation is Relation.PARTY or (concerned and relation is not Relation.ACCUSED)
    if state.exists and sees:
        return None
    return _only_reads(state, context) or unknown_case()


def _only_reads(state: Petition, context: Context) -> Refusal | None:
    """Who may read the case and has no part in it is told that; nobody else learns that there is one."""
    principal, directory = context.principal, context.policy.directory
    if not state.exists or may(principal, Action.READ_CASE, case_facts(state, directory), directory):
        return None
    return not_acting_for_agency(context) or not_a_party(principal.acting_agency)


def current_epoch(state: Petition, epoch: int) -> Refusal | None:
    """A refusal unless the caller knows who is responsible now (promise P2)."""
    if epoch <= 0:
        message = "epoch is missing: give the epoch of the case you read"
        return invalid("EPOCH_REQUIRED", message, field="epoch", epoch=str(state.epoch))
    if epoch < state.epoch:
        return stale_epoch(epoch, state.epoch, state.holder)
    if epoch > state.epoch:
        message = f"epoch {epoch} has not come yet, the current one is {state.epoch}: read the case again"
        return invalid("EPOCH_AHEAD", message, field="epoch", epoch=str(state.epoch))
    return None


def by_party(state: Petition, command: CaseCommand, context: Context) -> Refusal | None:
    """A refusal unless an agency with a part in the case acts on its present epoch."""
    return visible(state, context) or not_acting_for_agency(context) or current_epoch(state, command.epoch)


def by_holder(state: Petition, command: CaseCommand, context: Context) -> Refusal | None:
    """A refusal unless the responsible unit acts."""
    return by_party(state, command, context) or not_holder(state, context)


def by_holder_officer(state: Petition, command: CaseCommand, context: Context) -> Refusal | None:
    """The same, for what a person has to decide (domain rules, 11.2: never software alone)."""
    return by_holder(state, command, context) or not_an_officer(context)


def not_holder(state: Petition, context: Context) -> Refusal | None:
    """A refusal unless the caller acts for the responsible unit."""
    if context.principal.acting_agency == state.holder:
        return None
    message = f"{state.holder} is responsible for this case: only it may do this"
    return forbidden("NOT_RESPONSIBLE", message, responsible_unit=state.holder, epoch=str(state.epoch))


def other_handover(state: Petition, handover_id: str) -> Refusal | None:
    """A refusal unless the command is about the open hand-over."""
    if state.handover and state.handover.handover_id == handover_id:
        return None
    message = f"hand-over {handover_id} is not open: read the case again"
    open_one = state.handover.handover_id if state.handover else ""
    return missing("NO_OPEN_HANDOVER", message, handover_id=open_one)


def accused(state: Petition, unit: str, context: Context) -> Refusal | None:
    """A refusal when the unit is accused in the matter, or run by who is: it never gets it (Art. 30(3))."""
    kept_out = kept_out_by(context.policy.directory)(state.accused_units)
    return accused_unit(unit) if unit in kept_out else None


def in_status(state: Petition, *allowed: PetitionStatus.ValueType) -> Refusal | None:
    """A refusal unless the case is at one of the allowed points."""
    if state.status in allowed:
        return None
    names = ",".join(status_name(status) for status in allowed)
    message = f"the case is {status_name(state.status)}; this is possible when it is {names}"
    facts = {"status": status_name(state.status), "allowed": names, "responsible_unit": state.holder}
    pending = {"pending_unit": state.pending_unit} if state.pending_unit else {}
    return wrong_state(_REASONS[state.status], message, **facts, **pending)


def not_the_registration_known(state: Petition, version: int) -> Refusal | None:
    """A refusal unless the caller knows how often what was registered was put otherwise: nobody's words are
    replaced unseen."""
    if version == state.corrections:
        return None
    return revised_meanwhile("registration_version", version, state.corrections)


def status_name(status: PetitionStatus.ValueType) -> str:
    """The status without its prefix, such as ACCEPTED."""
    return PetitionStatus.Name(status).removeprefix("PETITION_STATUS_")


_REASONS = {
    types.PETITION_STATUS_UNSPECIFIED: "NO_SUCH_CASE",
    types.PETITION_STATUS_REGISTERED: "NOT_CLASSIFIED",
    types.PETITION_STATUS_CLASSIFIED: "NOT_ACCEPTED_YET",
    types.PETITION_STATUS_HANDED_OVER: "HANDOVER_OPEN",
    types.PETITION_STATUS_OBJECTED: "OBJECTION_OPEN",
    types.PETITION_STATUS_ACCEPTED: "ALREADY_ACCEPTED",
    types.PETITION_STATUS_NOT_ACCEPTED: "NOT_ACCEPTED",
    types.PETITION_STATUS_LED_INTO_PROCEDURE: "LED_INTO_PROCEDURE",
    types.PETITION_STATUS_OPINION_ISSUED: "OPINION_NOT_SERVED",
    types.PETITION_STATUS_ANSWERED: "ALREADY_ANSWERED",
    types.PETITION_STATUS_UNDER_REVIEW: "REVIEW_OPEN",
    types.PETITION_STATUS_CLOSED: "ALREADY_CLOSED",
}


def not_given(enum: EnumDescriptor, value: int, field: str) -> Refusal | None:
    """A refusal unless a value other than the unspecified one was chosen."""
    if value and value in enum.values_by_number:
        return None
    allowed = ",".join(entry.name for entry in enum.values if entry.number)
    return invalid(
        "FIELD_REQUIRED", f"{field} is missing: choose one of {allowed}", field=field, allowed=allowed
    )


def by_holder_or_office(state: Petition, command: CaseCommand, context: Context) -> Refusal | None:
    """A refusal unless an officer of the responsible unit acts, or of the office that registered the filing.

    The responsible unit may be the very one that a filing accuses (Arts. 22(2), 30).
    """
    refusal = by_party(state, command, context) or not_an_officer(context)
    return refusal or (None if _is_office(state, context) else not_holder(state, context))


def finder(state: Petition, context: Context) -> Authority:
    """The caller's authority: the responsible unit's own, or that of who registered the filing."""
    agency = context.principal.acting_agency
    own = agency == state.holder
    kind = common.AUTHORITY_KIND_HOLDER if own else common.AUTHORITY_KIND_REGISTRATION
    return Authority(kind=kind, organ=agency)


def _is_office(state: Petition, context: Context) -> bool:
    registration = state.registration
    return registration.petition_office and context.principal.acting_agency == registration.unit


__all__ = ["served_otherwise", "service_fault", "time_fault", "told_time"]


def served_otherwise(stamp: Timestamp, served: datetime | None) -> Refusal | None:
    """A refusal for who says another time of service than the one on record."""
    if served is None or not stamp.ByteSize() or instant(stamp) == served:
        return None
    message = f"it was served on {served.isoformat()}, as recorded: another time is not taken in its place"
    return wrong_state("ALREADY_SERVED", message, served_time=served.isoformat())


def service_fault(stamp: Timestamp, method: ServiceMethod.ValueType, context: Context) -> Refusal | None:
    """A refusal unless time and method of service are sound."""
    return not_given(ServiceMethod.DESCRIPTOR, method, "method") or time_fault(stamp, "served_time", context)


ART_28_3 = "Regulations of 2022, Art. 28(3)"
_ALWAYS = (RequestRecusalRequest, AskRecusalRequest)
"""What anybody may do: to ask decides nothing."""


def open_recusals(state: Petition) -> Sequence[Recusal]:
    """Requests that wait for a decision: with a move of responsibility one that was not decided is over."""
    return [one for one in state.recusals if not one.decided and one.epoch == state.epoch]


def standing_recusals(state: Petition) -> Sequence[Recusal]:
    """What is open, and what was granted."""
    return [*open_recusals(state), *(one for one in state.recusals if one.granted)]


def recused(state: Petition, principal: Principal) -> Refusal | None:
    """A refusal for an officer who is recused in the case, also when lent to another agency."""
    as_officer = {(agency, principal.officer) for agency in (principal.agency, principal.acting_agency)}
    if as_officer.isdisjoint((one.unit, one.officer) for one in state.recusals if one.granted):
        return None
    message = f"officer {principal.officer} is recused in this case: another officer has to act"
    return forbidden("RECUSED", message, ART_28_3, officer=principal.officer)


def recused_from(state: Petition, command: Message, principal: Principal) -> Refusal | None:
    """A refusal for what a recused officer would decide."""
    return None if isinstance(command, _ALWAYS) else recused(state, principal)


def reviewing_organ(state: Petition) -> str:
    """The organ that has the answer under review; empty while nobody reviews it."""
    return state.review.organ if state.review and not state.review.served_time else ""


def decider_of(state: Petition, unit: str, of_head: bool, directory: Directory) -> str:
    """Whose head decides: the unit's own; for its head, the organ one level above that is not accused itself.

    Where there is none above, another head of the unit has to (domain rules, 8: the head of the organ).
    """
    if not of_head:
        return unit
    kept_out = kept_out_by(directory)(state.accused_units)
    above = [one for one in directory.above(unit) if directory.handles_cases(one) and one not in kept_out]
    return above[0] if above else directory.outside(unit, kept_out) or unit
