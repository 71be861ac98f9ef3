"""办结报告 and 审核认定: a referral is reported as done, and who referred it checks (Art. 22(1)(3))."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import CheckCompletionRequest, ReportCompletionRequest
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_party, status_name
from huiyin_domain.intake.records import Completion
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, missing, wrong_state

_ART_22 = "Regulations of 2022, Art. 22(1)(3)"
_DONE = (
    types.PETITION_STATUS_NOT_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.PETITION_STATUS_ANSWERED,
    types.PETITION_STATUS_UNDER_REVIEW,
    types.PETITION_STATUS_CLOSED,
)
"""There is a result: the petitioner has an answer, or the matter went another way, or was closed."""


def report_completion(state: Petition, command: ReportCompletionRequest, context: Context) -> Decision:
    """By the unit that took the referral, also where it passed the matter on."""
    refusal = by_party(state, command, context) or not_an_officer(context)
    owed = refusal or _owed(state, command.handover_id, context)
    if isinstance(owed, Refusal):
        return owed
    refusal = _not_open(owed) or _not_done(state) or content_missing("report", command.report)
    if refusal:
        return refusal
    return (
        events.CompletionReported(
            report_id=context.new_ids[0],
            handover_id=owed.handover_id,
            unit=owed.unit,
            to_unit=owed.referring_unit,
            report=sealed_of(command.report),
        ),
    )


def _owed(state: Petition, handover_id: str, context: Context) -> Completion | Refusal:
    found = next((one for one in state.completions if one.handover_id == handover_id), None)
    if found is None:
        known = ",".join(one.handover_id for one in state.completions)
        message = f"no report is owed on {handover_id}: it is no referral, or was not taken, or is over"
        return missing("NO_SUCH_REFERRAL_TAKEN", message, handovers=known)
    if context.principal.acting_agency != found.unit:
        message = f"the matter was referred to {found.unit}: it reports"
        return forbidden("NOT_THE_REFERRED_UNIT", message, _ART_22, unit=found.unit)
    return found


def _not_open(owed: Completion) -> Refusal | None:
    if owed.stage == types.COMPLETION_STAGE_REPORTED:
        message = f"the report is being checked by {owed.referring_unit}: wait for its answer"
        return wrong_state("REPORT_UNDER_CHECK", message, _ART_22, report_id=owed.report_id)
    if owed.accepted:
        message = "the report was accepted: nothing is owed on this referral"
        return wrong_state("COMPLETION_ACCEPTED", message, _ART_22, report_id=owed.report_id)
    return None


def _not_done(state: Petition) -> Refusal | None:
    """No report before there is a result that the petitioner has (never an empty closing)."""
    if state.status in _DONE:
        return None
    name = status_name(state.status)
    message = f"the case is {name}: answer the petitioner and serve the answer, then report completion"
    return wrong_state("NOT_COMPLETED", message, _ART_22, status=name)


def check_completion(state: Petition, command: CheckCompletionRequest, context: Context) -> Decision:
    """By the unit that referred the matter; an officer, with reasons, whichever way it goes."""
    refusal = by_party(state, command, context) or not_an_officer(context)
    owed = refusal or _to_check(state, command.report_id, context)
    if isinstance(owed, Refusal):
        return owed
    if refusal := _checked(owed) or content_missing("reasons", command.reasons):
        return refusal
    event = events.CompletionAccepted if command.accepted else events.CompletionSentBack
    return (
        event(
            report_id=owed.report_id,
            handover_id=owed.handover_id,
            unit=owed.referring_unit,
            officer=context.principal.officer,
            reasons=sealed_of(command.reasons),
        ),
    )


def _to_check(state: Petition, report_id: str, context: Context) -> Completion | Refusal:
    found = next((one for one in state.completions if report_id and one.report_id == report_id), None)
    if found is None:
        reports = ",".join(one.report_id for one in state.completions if one.report_id)
        message = f"report {report_id} is not the last one on a referral of this case: read the case again"
        return missing("NO_SUCH_REPORT", message, reports=reports)
    if context.principal.acting_agency != found.referring_unit:
        message = f"{found.referring_unit} referred the matter: it checks the report"
        return forbidden("NOT_THE_REFERRING_UNIT", message, _ART_22, unit=found.referring_unit)
    return found


def _checked(owed: Completion) -> Refusal | None:
    if owed.stage == types.COMPLETION_STAGE_REPORTED:
        return None
    message = "the report was checked already: there is nothing to decide"
    facts = {"report_id": owed.report_id, "accepted": str(owed.accepted).lower()}
    return wrong_state("REPORT_CHECKED", message, _ART_22, **facts)
