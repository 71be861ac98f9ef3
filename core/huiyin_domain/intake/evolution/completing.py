"""What reports on completion and their checks change in a petition."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import CompletionStage
from huiyin_domain.intake.completions import Completion
from huiyin_domain.intake.replacing import replace
from huiyin_domain.intake.state import Petition


def reported(state: Petition, event: events.CompletionReported) -> Petition:
    completions = tuple(
        replace(one, report_id=event.report_id, stage=types.COMPLETION_STAGE_REPORTED)
        if one.handover_id == event.handover_id
        else one
        for one in state.completions
    )
    return state._replace(completions=completions)


def accepted(state: Petition, event: events.CompletionAccepted) -> Petition:
    return _at(state, event.report_id, types.COMPLETION_STAGE_ACCEPTED)


def sent_back(state: Petition, event: events.CompletionSentBack) -> Petition:
    """It is owed again, by the day that the referral named."""
    return _at(state, event.report_id, types.COMPLETION_STAGE_SENT_BACK)


def _at(state: Petition, report_id: str, stage: CompletionStage.ValueType) -> Petition:
    def checked(one: Completion) -> Completion:
        return replace(one, stage=stage) if report_id and one.report_id == report_id else one

    return state._replace(completions=tuple(map(checked, state.completions)))
