"""告知: the petitioner is told in writing what became of the matter, or how far it is (Arts. 23, 31)."""

from collections.abc import Mapping

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import TellPetitionerRequest
from huiyin.intake.v1.types_pb2 import PetitionStatus, Telling
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_holder, in_status, not_given
from huiyin_domain.intake.handling import referral_open
from huiyin_domain.intake.served import service_fault, told_time
from huiyin_domain.intake.state import Petition

_ABOUT: Mapping[Telling.ValueType, PetitionStatus.ValueType] = {
    types.TELLING_NOT_ACCEPTED: types.PETITION_STATUS_NOT_ACCEPTED,
    types.TELLING_LED_IN: types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.TELLING_PROGRESS: types.PETITION_STATUS_ACCEPTED,
}
"""What can be told at which point."""


def tell(state: Petition, command: TellPetitionerRequest, context: Context) -> Decision:
    """By the responsible unit. What was decided is told once; how far it is, as often as it goes on."""
    refusal = (
        by_holder(state, command, context)
        or not_given(Telling.DESCRIPTOR, command.telling, "telling")
        or service_fault(command.served_time, command.method, context)
        or content_missing("document", command.document)
        or referral_open(state)
        or in_status(state, _ABOUT[command.telling])
    )
    if refusal or _told_already(state, command):
        return refusal or ()
    return (
        events.PetitionerTold(
            unit=state.holder,
            telling=command.telling,
            served_time=stamp(told_time(command.served_time, context)),
            method=command.method,
            document=sealed_of(command.document),
        ),
    )


def _told_already(state: Petition, command: TellPetitionerRequest) -> bool:
    if command.telling == types.TELLING_PROGRESS:
        return sealed_of(command.document) == state.word
    return state.told
