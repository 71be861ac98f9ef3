"""What an agreement, a withdrawal, a death and going on after them change in a petition."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.records import Agreement, Withdrawal
from huiyin_domain.intake.replacing import replace
from huiyin_domain.intake.state import Petition


def agreement_reached(state: Petition, event: events.AgreementReached) -> Petition:
    return state._replace(agreement=Agreement(event.due_date))


def agreement_performed(state: Petition) -> Petition:
    """What was agreed was done; nothing to an agreement that was denied meanwhile."""
    if state.agreement is None:
        return state
    return state._replace(agreement=replace(state.agreement, performed=True))


def withdrawal_requested(state: Petition, event: events.WithdrawalRequested) -> Petition:
    """The case stays as it is: nothing is closed and no period stops."""
    return state._replace(withdrawal=Withdrawal(event.notice_id, event.confirm_hash))


def withdrawal_confirmed(state: Petition, event: events.WithdrawalConfirmed) -> Petition:
    if state.withdrawal is None:
        return state
    confirmed = replace(state.withdrawal, confirmed=True, whole=event.whole_petition)
    return state._replace(withdrawal=confirmed)


def continued(state: Petition, event: events.PetitionContinued) -> Petition:
    """None of the three is a ground any more; what was closed by one is open again."""
    gone_on = state._replace(agreement=None, withdrawal=None, died=False)
    if event.resumed_status == types.PETITION_STATUS_UNSPECIFIED:
        return gone_on
    return gone_on._replace(status=event.resumed_status, closing=types.CLOSING_KIND_UNSPECIFIED)


def petitioner_died(state: Petition, event: events.PetitionerDied) -> Petition:
    return state._replace(died=True)
