"""Stream referral-<id>: a litigation part from its referral to its hand-back (domain rules, 5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin.judicial.v1 import service_pb2 as messages
from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import ConclusionKind, DeclineReason, OrganKind, ReferralStatus
from huiyin_domain.access import no_such
from huiyin_domain.checks import content_missing, not_acting_for_agency, sealed_of, time_fault, told_time
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state

_OVER: Mapping[type[Message], ReferralStatus.ValueType] = {
    events.ReferralWithdrawn: types.REFERRAL_STATUS_WITHDRAWN,
    events.ReferralLapsed: types.REFERRAL_STATUS_LAPSED,
    events.ReferralHandedBack: types.REFERRAL_STATUS_HANDED_BACK,
}
"""The events after which it is over, and nothing more is known by them."""


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral. `report` is the last progress report, to tell a repeated one; `reply` the first reply.

    `offered` says that it began as an offer in intake, and so waits for the release there; those of version
    0.1 began here, and acknowledging alone made their organ responsible.
    """

    referral_id: str = ""
    status: ReferralStatus.ValueType = types.REFERRAL_STATUS_UNSPECIFIED
    case_id: str = ""
    organ_kind: OrganKind.ValueType = types.ORGAN_KIND_UNSPECIFIED
    organ: str = ""
    referring_unit: str = ""
    epoch: int = 0
    docket_number: str = ""
    decline_reason: DeclineReason.ValueType = types.DECLINE_REASON_UNSPECIFIED
    conclusion: ConclusionKind.ValueType = types.CONCLUSION_KIND_UNSPECIFIED
    report: Sealed | None = None
    reply: Sealed | None = None
    offered: bool = False
    taken: bool = False

    @property
    def held(self) -> bool:
        """True while the organ answers for the litigation part: from the release until it is handed back."""
        return self.status in (types.REFERRAL_STATUS_RELEASED, types.REFERRAL_STATUS_CONCLUDED)


def evolve(state: Referral, event: Message) -> Referral:
    """The referral after an event."""
    match event:
        case events.LitigationReferred():
            return _referred(event)
        case events.ReferralAcknowledged():
            return _acknowledged(state, event)
        case events.ReferralReleased():
            return replace(state, status=types.REFERRAL_STATUS_RELEASED, epoch=event.epoch)
        case events.ReferralDeclined():
            return replace(state, status=types.REFERRAL_STATUS_DECLINED, decline_reason=event.reason)
        case events.PetitionerReplied():
            return replace(state, reply=event.reply)
        case events.ProgressReported():
            return replace(state, report=event.report)
        case events.ReferralConcluded():
            return replace(state, status=types.REFERRAL_STATUS_CONCLUDED, conclusion=event.kind)
        case _ if status := _OVER.get(type(event)):
            return replace(state, status=status)
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _referred(event: events.LitigationReferred) -> Referral:
    return Referral(
        referral_id=event.referral_id,
        status=types.REFERRAL_STATUS_SENT,
        case_id=event.case_id,
        organ_kind=event.organ_kind,
        organ=event.organ,
        referring_unit=event.referring_unit,
        epoch=event.epoch,
        offered=event.HasField("authority"),
    )


def _acknowledged(state: Referral, event: events.ReferralAcknowledged) -> Referral:
    waits = state.offered
    status = types.REFERRAL_STATUS_ACKNOWLEDGED if waits else types.REFERRAL_STATUS_RELEASED
    return replace(state, status=status, docket_number=event.docket_number, taken=True)


def referral_message(state: Referral, version: int) -> messages.Referral:
    """The state of a referral at a version of its stream."""
    return messages.Referral(
        referral_id=state.referral_id,
        case_id=state.case_id,
        status=state.status,
        organ_kind=state.organ_kind,
        organ=state.organ,
        referring_unit=state.referring_unit,
        docket_number=state.docket_number,
        conclusion=state.conclusion,
        version=version,
    )


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


_BEGINS_IN_INTAKE = "a referral begins with its case: the responsible unit refers in intake, ReferLitigation"


class ReferralDecider:
    """Rules of a referral: what its organ does. It begins and is released in intake, as reactions tell."""

    category = "referral"

    def initial(self) -> Referral:
        return Referral()

    def decide(self, state: Referral, command: Message, context: Context) -> Decision:
        match command:
            case commands.ReferLitigationRequest():
                return wrong_state("REFER_IN_INTAKE", _BEGINS_IN_INTAKE, "Regulations of 2022, Art. 28(2)")
            case commands.AcknowledgeReferralRequest():
                return acknowledge(state, command, context)
            case commands.DeclineReferralRequest():
                return decline(state, command, context)
            case commands.ReplyToPetitionerRequest():
                return reply_to_petitioner(state, command, context)
            case commands.ReportProgressRequest():
                return report_progress(state, command, context)
            case commands.ConcludeReferralRequest():
                return conclude(state, command, context)
            case commands.HandBackReferralRequest():
                return hand_back(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Referral, event: Message) -> Referral:
        return evolve(state, event)

    def case_ids(self, state: Referral) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Referral) -> Sequence[str]:
        return (state.referring_unit, state.organ)


REFERRAL = ReferralDecider()
