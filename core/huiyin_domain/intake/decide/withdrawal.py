"""和解与撤回: a case ends by agreement, or because who petitions takes it back, and may go on.

Domain rules 11.4, invariant 9: nothing closes before the petitioner confirms, never the unit; before that and
after, who has number and code says that the petition goes on. While a withdrawal is open every period runs as
before, and nothing that is due depends on one.

Nothing is agreed or withdrawn in return for a promise not to petition (Constitution, Art. 41; Art. 33): the
matter may be settled, the right to petition is not for sale. Texts are looked at before they are sealed, for
the usual words of such a promise; what stands in a scanned paper only a person sees.
"""

import hmac
import unicodedata

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import AgreementForm, PetitionStatus, RatingWay
from huiyin_domain.access import unknown_case
from huiyin_domain.checks import content_missing, due_date_fault, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date
from huiyin_domain.decider import Decision
from huiyin_domain.intake.decide.rating import is_query_code, not_the_petitioners_way
from huiyin_domain.intake.guards import by_holder_officer, in_status, not_given
from huiyin_domain.intake.periods import confirmable
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, wrong_state

_WORDS = ("息诉罢访", "罢访", "息访", "停访", "不再上访", "不再信访", "不再申诉", "放弃信访", "放弃上访")


def promise_not_to_petition(field: str, text: str) -> Refusal | None:
    """A refusal for a text that promises, or demands, that somebody petitions no more."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = next((word for word in _WORDS if word in plain), None)
    if found is None:
        return None
    message = (
        f"{field} speaks of petitioning no more ({found}): what is settled is the matter, never the right to "
        "petition; take that out"
    )
    facts = {"field": field, "words": found}
    return Refusal(Kind.INVALID, "PROMISE_NOT_TO_PETITION", message, facts, "Constitution, Art. 41")


_ART_33 = "Regulations of 2022, Art. 33"
_IN_HAND = (
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.PETITION_STATUS_OPINION_ISSUED,
    types.PETITION_STATUS_ANSWERED,
)


def record_agreement(state: Petition, command: commands.RecordAgreementRequest, context: Context) -> Decision:
    """Both sides consent, in writing; it is then performed, and nobody promises not to petition by it."""
    refusal = (
        by_holder_officer(state, command, context)
        or _no_agreement_in_track(state)
        or in_status(state, *_IN_HAND)
        or _agreed_already(state)
        or not_given(AgreementForm.DESCRIPTOR, command.form, "form")
        or content_missing("document", command.document)
        or content_missing("petitioner_consent", command.petitioner_consent)
        or content_missing("other_consent", command.other_consent)
        or (due_date_fault("due_date", command.due_date, context) if command.due_date else None)
    )
    reached = events.AgreementReached(
        form=command.form,
        document=sealed_of(command.document),
        petitioner_consent=sealed_of(command.petitioner_consent),
        other_consent=sealed_of(command.other_consent),
        due_date=command.due_date,
        officer=context.principal.officer,
    )
    return refusal or (reached,)


def record_death(state: Petition, command: commands.RecordDeathRequest, context: Context) -> Decision:
    """With evidence. In a group's petition nothing ends by it; in a single one, successors have time."""
    refusal = (
        by_holder_officer(state, command, context)
        or in_status(state, *WITHDRAWABLE)
        or content_missing("evidence", command.evidence)
    )
    died = events.PetitionerDied(evidence=sealed_of(command.evidence), officer=context.principal.officer)
    return refusal or _recorded_already(state) or (died,)


def _recorded_already(state: Petition) -> Refusal | None:
    if not state.died:
        return None
    return wrong_state("DEATH_RECORDED", "the death is on the record, with the evidence given then")


def _no_agreement_in_track(state: Petition) -> Refusal | None:
    if state.track == common.TRACK_ADMINISTRATIVE:
        return None
    message = "agreements end claims of the administrative track: other matters have their own procedure"
    return wrong_state("NO_AGREEMENT_IN_TRACK", message, _ART_33)


def _agreed_already(state: Petition) -> Refusal | None:
    if state.agreement is None:
        return None
    message = "an agreement is on the record already: have it performed, and close the case by it"
    return wrong_state("AGREED_ALREADY", message, _ART_33)


WITHDRAWABLE = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_HANDED_OVER,
    types.PETITION_STATUS_OBJECTED,
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.PETITION_STATUS_OPINION_ISSUED,
    types.PETITION_STATUS_ANSWERED,
)
_OWN_RULES = (common.TRACK_DISCIPLINE, common.TRACK_JUDICIAL)
REOPENABLE = (
    types.CLOSING_KIND_AGREEMENT,
    types.CLOSING_KIND_WITHDRAWN,
    types.CLOSING_KIND_PETITIONER_DIED,
)
"""Closings that rest on somebody's word about the petitioner, who may say otherwise."""


def withdraw(state: Petition, command: commands.WithdrawPetitionRequest, context: Context) -> Decision:
    """The service has proved the petitioner by the query code."""
    refusal = (
        not_the_petitioners_way(context)
        or _not_there(state)
        or _not_withdrawable(state, context)
        or not_given(RatingWay.DESCRIPTOR, command.way, "way")
    )
    return refusal or _requested(command.statement, context, way=command.way)


def record_withdrawal(
    state: Petition, command: commands.RecordWithdrawalRequest, context: Context
) -> Decision:
    """An officer records a signed statement; it still needs the petitioner's own confirmation."""
    refusal = (
        by_holder_officer(state, command, context)
        or _not_withdrawable(state, context)
        or content_missing("statement", command.statement)
    )
    return refusal or _requested(command.statement, context, officer=context.principal.officer)


def confirm_withdrawal(
    state: Petition, command: commands.ConfirmWithdrawalRequest, context: Context
) -> Decision:
    """The service has proved the petitioner by the code in the notice, or the query code where none went."""
    refusal = (
        not_the_petitioners_way(context)
        or _not_there(state)
        or _not_withdrawable(state, context, asked=True)
        or _not_yet_or_lapsed(state, context)
        or not_given(RatingWay.DESCRIPTOR, command.way, "way")
    )
    if refusal or (state.withdrawal and state.withdrawal.confirmed):
        return refusal or ()
    confirmed = events.WithdrawalConfirmed(way=command.way, whole_petition=not state.registration.group)
    return (confirmed,)


def continue_petition(
    state: Petition, command: commands.ContinuePetitionRequest, context: Context
) -> Decision:
    """The query code proved who says so: the petitioner, or a successor who has the receipt."""
    refusal = (
        not_the_petitioners_way(context)
        or _not_there(state)
        or _nothing_to_continue(state)
        or not_given(RatingWay.DESCRIPTOR, command.way, "way")
    )
    resumed = _resumed(state)
    goes_on = events.PetitionContinued(
        reasons=sealed_of(command.reasons), way=command.way, resumed_status=resumed
    )
    return refusal or (goes_on,)


def is_confirm_code(state: Petition, code_hash: bytes) -> bool:
    """Whether this is the hash of what proves the petitioner who confirms.

    Who registered the filing may know the query code: so where a contact was left, the code goes there.
    """
    if state.withdrawal is None or not state.withdrawal.confirm_hash:
        return is_query_code(state, code_hash)
    return hmac.compare_digest(state.withdrawal.confirm_hash, code_hash)


def _requested(
    statement: common.Secret,
    context: Context,
    way: RatingWay.ValueType = types.RATING_WAY_UNSPECIFIED,
    officer: str = "",
) -> tuple[Message, ...]:
    requested = events.WithdrawalRequested(
        statement=sealed_of(statement),
        way=way,
        officer=officer,
        notice_id=context.new_ids[0] if context.take_back_hash else "",
        confirm_hash=context.take_back_hash,
    )
    return (requested,)


def _not_there(state: Petition) -> Refusal | None:
    return None if state.exists else unknown_case()


def _not_withdrawable(state: Petition, context: Context, *, asked: bool = False) -> Refusal | None:
    if state.track in _OWN_RULES:
        message = "an accusation and litigation go by their own rules: tell the organ that has the matter"
        return wrong_state("WITHDRAWAL_NOT_IN_TRACK", message, track=Track.Name(state.track))
    if refusal := in_status(state, *WITHDRAWABLE):
        return refusal
    if asked or state.withdrawal is None or _lapsed(state, context):
        return None
    if state.withdrawal.confirmed and not state.withdrawal.whole:
        return None  # another person of the group
    return wrong_state("WITHDRAWAL_OPEN", "a withdrawal is open already: confirm it, or go on")


def _lapsed(state: Petition, context: Context) -> bool:
    days = confirmable(state, context)
    confirmed = state.withdrawal is not None and state.withdrawal.confirmed
    return days is not None and not confirmed and local_date(context.now) > days[1]


def _not_yet_or_lapsed(state: Petition, context: Context) -> Refusal | None:
    days = confirmable(state, context)
    if days is None:
        return wrong_state("NO_WITHDRAWAL", "no withdrawal was asked for: there is nothing to confirm")
    first, last = days
    told = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    if local_date(context.now) < first:
        message = f"a withdrawal is confirmed after thinking it over: from {first.isoformat()} on"
        return wrong_state("COOLING_OFF", message, **told)
    if _lapsed(state, context):
        message = "the withdrawal was not confirmed in time: it has lapsed, and the petition goes on"
        return wrong_state("WITHDRAWAL_LAPSED", message, **told)
    return None


def _nothing_to_continue(state: Petition) -> Refusal | None:
    if state.status == types.PETITION_STATUS_CLOSED and state.closing not in REOPENABLE:
        message = "the case was closed after its answer: ask for review, or file anew"
        return wrong_state("ALREADY_CLOSED", message)
    if state.withdrawal or state.died or state.agreement:
        return None
    return wrong_state("NOTHING_TO_CONTINUE", "the petition goes on: nobody said otherwise")


def _resumed(state: Petition) -> PetitionStatus.ValueType:
    """Where it goes on: where it was before it was closed, or agreed; unspecified when nothing changes."""
    if state.status == types.PETITION_STATUS_CLOSED:
        return state.closed_from
    return state.status if state.agreement else types.PETITION_STATUS_UNSPECIFIED
