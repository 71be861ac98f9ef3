"""What a judicial organ does with a referral: take it or not, report, conclude, hand back."""

import re

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import ReferralStatus
from huiyin_domain.access import no_such
from huiyin_domain.checks import content_missing, not_acting_for_agency, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.judicial.referral_state import Referral
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state
from huiyin_domain.told import time_fault, told_time

DOCKET_NUMBER_LENGTH_MAX = 100
_DOCKET_NUMBER = re.compile(rf"(?=.*\d)[\w()（）〔〕\[\]\-—./]{{1,{DOCKET_NUMBER_LENGTH_MAX}}}")
_ART_28 = "Regulations of 2022, Art. 28(2)"

_HELD = (types.REFERRAL_STATUS_RELEASED, types.REFERRAL_STATUS_CONCLUDED)
_TAKEN = (types.REFERRAL_STATUS_ACKNOWLEDGED, *_HELD)


def acknowledge(state: Referral, command: commands.AcknowledgeReferralRequest, context: Context) -> Decision:
    """The organ takes the matter: a promise, until intake releases the case."""
    docket_number = command.docket_number
    if refusal := _not_the_organ(state, context) or _docket_number_fault(docket_number):
        return refusal
    if state.status in _TAKEN and docket_number in ("", state.docket_number):
        return ()
    if refusal := _wrong_status(state, types.REFERRAL_STATUS_SENT):
        return refusal
    return (events.ReferralAcknowledged(epoch=state.epoch, organ=state.organ, docket_number=docket_number),)


def decline(state: Referral, command: commands.DeclineReferralRequest, context: Context) -> Decision:
    """The organ returns the referral without taking it; responsibility has not moved."""
    if refusal := _not_the_organ(state, context):
        return refusal
    if state.status == types.REFERRAL_STATUS_DECLINED and command.reason == state.decline_reason:
        return ()
    if refusal := _wrong_status(state, types.REFERRAL_STATUS_SENT) or _decline_fault(command):
        return refusal
    explanation = sealed_of(command.explanation)
    return (events.ReferralDeclined(organ=state.organ, reason=command.reason, explanation=explanation),)


def reply_to_petitioner(
    state: Referral, command: commands.ReplyToPetitionerRequest, context: Context
) -> Decision:
    """程序性回复: the petitioner is told who has the matter and by which procedure it goes on; once."""
    refusal = _not_the_organ(state, context) or content_missing("reply", command.reply)
    if refusal := refusal or _not_held(state) or time_fault(command.served_time, "served_time", context):
        return refusal
    if state.reply is not None:
        return () if state.reply == sealed_of(command.reply) else _replied_already()
    served = stamp(told_time(command.served_time, context))
    return (events.PetitionerReplied(organ=state.organ, served_time=served, reply=sealed_of(command.reply)),)


def _replied_already() -> Refusal:
    message = "the petitioner has the reply on procedure: tell of progress or result instead"
    return wrong_state("REPLIED_ALREADY", message)


def report_progress(state: Referral, command: commands.ReportProgressRequest, context: Context) -> Decision:
    """The petitioner was told how it stands, within three months and then monthly."""
    refusal = _not_the_organ(state, context) or content_missing("report", command.report)
    if refusal := refusal or _not_held(state):
        return refusal
    report = sealed_of(command.report)
    return () if report == state.report else (events.ProgressReported(report=report),)


def conclude(state: Referral, command: commands.ConcludeReferralRequest, context: Context) -> Decision:
    """The legal procedure ended (依法终结 or otherwise)."""
    if refusal := _not_the_organ(state, context):
        return refusal
    if state.status == types.REFERRAL_STATUS_CONCLUDED and command.kind == state.conclusion:
        return ()
    refusal = _not_released(state) or _wrong_status(state, types.REFERRAL_STATUS_RELEASED)
    refusal = refusal or _conclusion_fault(command)
    return refusal or (events.ReferralConcluded(kind=command.kind, document=sealed_of(command.document)),)


def hand_back(state: Referral, command: commands.HandBackReferralRequest, context: Context) -> Decision:
    """The matter goes back to the agency that referred it, concluded or not."""
    if refusal := _not_the_organ(state, context):
        return refusal
    if state.status == types.REFERRAL_STATUS_HANDED_BACK:
        return ()
    if refusal := _not_held(state):
        return refusal
    return (
        events.ReferralHandedBack(
            organ=state.organ,
            to_unit=state.referring_unit,
            concluded=state.status == types.REFERRAL_STATUS_CONCLUDED,
            note=sealed_of(command.note),
        ),
    )


def _not_the_organ(state: Referral, context: Context) -> Refusal | None:
    if not state.referral_id:
        return no_such("referral")
    if refusal := not_acting_for_agency(context):
        return refusal
    if context.principal.acting_agency == state.organ:
        return None
    return forbidden("NOT_THE_ORGAN", "only the organ it was sent to may do this", organ=state.organ)


def _not_held(state: Referral) -> Refusal | None:
    """A refusal unless the organ is responsible: what it took and what was released to it."""
    return _not_released(state) or _wrong_status(state, *_HELD)


def _not_released(state: Referral) -> Refusal | None:
    if state.status != types.REFERRAL_STATUS_ACKNOWLEDGED:
        return None
    message = (
        f"{state.referring_unit} is responsible until intake releases the case to the organ: read it again"
    )
    return wrong_state("NOT_RELEASED", message, _ART_28, responsible_unit=state.referring_unit)


def _wrong_status(state: Referral, *allowed: ReferralStatus.ValueType) -> Refusal | None:
    if state.status in allowed:
        return None
    names = ",".join(_name(status) for status in allowed)
    message = f"the referral is {_name(state.status)}; this is possible when it is {names}"
    reason = f"REFERRAL_{_name(state.status)}"
    return wrong_state(reason, message, status=_name(state.status), allowed=names)


def _name(status: ReferralStatus.ValueType) -> str:
    return ReferralStatus.Name(status).removeprefix("REFERRAL_STATUS_")


def _docket_number_fault(docket_number: str) -> Refusal | None:
    if not docket_number or _DOCKET_NUMBER.fullmatch(docket_number):
        return None
    if len(docket_number) <= DOCKET_NUMBER_LENGTH_MAX:
        message = "docket_number is no number of a docket, one word with a figure in it: leave remarks out"
        return invalid("MALFORMED_DOCKET_NUMBER", message, field="docket_number")
    message = f"docket_number has more than {DOCKET_NUMBER_LENGTH_MAX} characters: give the number alone"
    return invalid("TOO_LONG", message, field="docket_number", maximum=str(DOCKET_NUMBER_LENGTH_MAX))


def _decline_fault(command: commands.DeclineReferralRequest) -> Refusal | None:
    if command.reason == types.DECLINE_REASON_UNSPECIFIED:
        message = "reason is missing: other organ, not litigation, or terminated"
        return invalid("FIELD_REQUIRED", message, field="reason")
    return content_missing("explanation", command.explanation)


def _conclusion_fault(command: commands.ConcludeReferralRequest) -> Refusal | None:
    if command.kind == types.CONCLUSION_KIND_UNSPECIFIED:
        message = "kind is missing: decided, terminated, settled or led in"
        return invalid("FIELD_REQUIRED", message, field="kind")
    return content_missing("document", command.document)
