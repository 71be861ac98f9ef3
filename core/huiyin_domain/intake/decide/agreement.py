"""调解、和解 (Art. 33) and 信访人死亡: recorded with what shows them; the petitioner may deny both."""

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import AgreementForm
from huiyin_domain.checks import content_missing, due_date_fault, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.decide.withdrawal import WITHDRAWABLE
from huiyin_domain.intake.guards import by_holder_officer, in_status, not_given
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state

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
