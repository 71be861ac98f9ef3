"""更正、重述: what a case is about is put in other words; who becomes a party later reads these alone."""

from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RestatePetitionRequest
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import not_the_registration_known
from huiyin_domain.intake.office import by_holder_or_office, finder
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state


def restate(state: Petition, command: RestatePetitionRequest, context: Context) -> Decision:
    """A correction of what was taken down or completed; the first words stay in the log."""
    refusal = (
        by_holder_or_office(state, command, context)
        or _closed(state)
        or content_missing("content", command.content)
    )
    if refusal:
        return refusal
    if state.registration.content == sealed_of(command.content):
        return ()
    revised = not_the_registration_known(state, command.registration_version)
    return revised or (restated(state, command.subject, command.content, context),)


def restated(state: Petition, subject: Secret, content: Secret, context: Context) -> events.PetitionRestated:
    """The one event by which a case is restated, whatever led to it: it looks alike for all."""
    return events.PetitionRestated(
        subject=sealed_of(subject),
        content=sealed_of(content),
        issue_sketch=context.issue_sketch,
        authority=finder(state, context),
    )


def _closed(state: Petition) -> Refusal | None:
    if state.status != types.PETITION_STATUS_CLOSED:
        return None
    return wrong_state("ALREADY_CLOSED", "the case is closed: register what is new as a filing of its own")
