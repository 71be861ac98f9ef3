"""A meeting as GetMeeting answers it."""

from huiyin.reception.v1 import service_pb2 as messages
from huiyin_domain.reception.binding import orders_of
from huiyin_domain.reception.meeting_state import Meeting


def meeting_message(state: Meeting, version: int) -> messages.Meeting:
    """The state of a meeting at a version of its stream."""
    outcomes = [
        messages.ItemOutcome(item_id=outcome.item_id, applied=outcome.applied, reason=outcome.reason)
        for outcome in state.outcomes
    ]
    return messages.Meeting(
        meeting_id=state.meeting_id,
        status=state.status,
        convener=state.convener,
        participants=state.participants,
        case_ids=state.case_ids,
        resolution_id=state.resolution_id,
        items=state.items,
        signed=state.signed,
        dissented=state.dissented,
        outcomes=outcomes,
        version=version,
        ordered_by=orders_of(state),
    )
