"""When nothing is left to be done about a petition, so that it needs no next date (domain rules, 11.4)."""

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.state import Petition


def is_final(state: Petition) -> bool:
    """True once it is closed; or not accepted, or led into another procedure, and the petitioner told of it.

    Every other state has a running clock with an owner: a test walks all of them. A final state can be left
    again: the petitioner asks for review, a superior decides otherwise, the unit takes the matter up.
    """
    if state.status in _OTHER_COURSE:
        return state.told and state.referral is None and state.offer is None
    return state.status == types.PETITION_STATUS_CLOSED


_OTHER_COURSE = (types.PETITION_STATUS_NOT_ACCEPTED, types.PETITION_STATUS_LED_INTO_PROCEDURE)
