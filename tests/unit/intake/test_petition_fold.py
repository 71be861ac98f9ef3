"""The fold of a petition is total, and copies states without changing them."""

from dataclasses import FrozenInstanceError, dataclass

import pytest
from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.judicial.v1.events_pb2 import ReferralAcknowledged
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.intake.decider import DECISIONS, PETITION
from huiyin_domain.intake.evolve import OTHER_STREAMS, RULES, evolve
from huiyin_domain.intake.records import replace
from huiyin_domain.intake.standing import petition_message
from tests.support.deciding import Stream, officer
from tests.support.small_policy import COUNTY, HOUSING, OFFICE
from tests.unit.intake.petitions import Case

INTAKE_EVENTS = {getattr(events, name) for name in events.DESCRIPTOR.message_types_by_name}
NOT_COMMANDS_ON_ONE_PETITION = {
    commands.RegisterPetitionsRequest,  # many registrations
    commands.SplitPetitionRequest,  # two streams: decide.split
    commands.ReadPersonalDataRequest,  # stream access-<case>: disclosure
    commands.GetStandingsRequest,
    commands.GetPetitionRequest,
    commands.FollowPetitionRequest,
    commands.GetStandingsRequest,
    commands.OpenNoticeRequest,
    commands.OpenServedDocumentsRequest,  # stream access-<case>: disclosure
}


def test_every_intake_event_has_a_rule_or_is_named_as_another_streams() -> None:
    assert set(RULES) | OTHER_STREAMS == INTAKE_EVENTS
    assert not set(RULES) & OTHER_STREAMS


def test_every_rpc_of_intake_has_a_decision_or_is_named_as_another_kind() -> None:
    service = commands.DESCRIPTOR.services_by_name["IntakeService"]
    requests = {getattr(commands, method.input_type.name) for method in service.methods}
    assert set(DECISIONS) | NOT_COMMANDS_ON_ONE_PETITION == requests
    assert not set(DECISIONS) & NOT_COMMANDS_ON_ONE_PETITION


@pytest.mark.parametrize("event", [events.PersonalDataRead(), ReferralAcknowledged()])
def test_an_unknown_event_is_an_error_never_skipped(event: Message) -> None:
    with pytest.raises(UnknownEventError):
        evolve(PETITION.initial(), event)


def test_an_unknown_command_is_an_error() -> None:
    stream = Stream(PETITION)
    with pytest.raises(UnknownCommandError):
        stream.decide(commands.GetPetitionRequest(), officer(OFFICE))


@pytest.mark.parametrize("kind", sorted(RULES, key=str))
def test_every_rule_takes_any_event_in_any_state(kind: type[Message]) -> None:
    """A fold of a damaged record tells its damage; it does not fall over."""
    for state in (PETITION.initial(), Case().accepted().state):
        evolve(state, kind())


def test_folding_leaves_the_earlier_state_as_it_was() -> None:
    case = Case()
    before = case.state
    case.accepted()
    assert (before.holder, before.epoch, before.parties) == (OFFICE, 1, frozenset({OFFICE}))


def test_the_same_events_give_the_same_state() -> None:
    case = Case().accepted()
    case.answered()
    again = Stream(PETITION)
    again.given(*case.history)
    assert again.state == case.state


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: int


def test_a_replaced_record_is_a_new_one() -> None:
    old = Pair(1, 2)
    new = replace(old, right=3)
    assert (old, new) == (Pair(1, 2), Pair(1, 3))
    with pytest.raises(FrozenInstanceError):
        new.left = 5  # type: ignore[misc] # that it is frozen is what is tested


def test_replacing_a_field_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TypeError, match="no field middle"):
        replace(Pair(1, 2), middle=3)  # type: ignore[call-arg] # the wrong name is what is tested


def test_a_petition_is_answered_as_it_stands() -> None:
    case = Case(content_class="010100").accepted()
    opinion_id = case.answered()
    review_id = case.review_asked(COUNTY)
    message = petition_message(case.state, 9)
    assert (message.responsible_unit, message.epoch, message.version) == (HOUSING, 2, 9)
    assert (message.opinion_id, message.review_id) == (opinion_id, review_id)
    assert (message.display_number, message.content_class) == (
        case.state.registration.display_number,
        "010100",
    )


def test_events_concern_their_case_and_reach_its_parties() -> None:
    case = Case().classified()
    case.handed_over(HOUSING)
    assert PETITION.case_ids(case.state) == (case.state.case_id,)
    assert PETITION.audience(case.state) == [HOUSING, OFFICE]
