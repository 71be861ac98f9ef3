"""A referral as GetReferral answers it."""

from huiyin.judicial.v1 import service_pb2 as messages
from huiyin_domain.judicial.referral_state import Referral


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
