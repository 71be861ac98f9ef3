"""Answers to commands are taken from the events written, else from the request, as their command says."""

from huiyin.intake.v1.events_pb2 import PetitionAccepted, ResponsibilityMoved
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest
from huiyin_kernel.commands import said_first

ACCEPT = AcceptPetitionRequest(epoch=1)
EPOCH = [(ResponsibilityMoved, "epoch"), (AcceptPetitionRequest, "epoch")]


def test_what_the_events_say_comes_before_what_was_asked() -> None:
    assert said_first(EPOCH, [PetitionAccepted(), ResponsibilityMoved(epoch=2), ACCEPT]) == 2


def test_what_no_event_says_stays_as_it_was_asked() -> None:
    assert said_first(EPOCH, [PetitionAccepted(), ACCEPT]) == 1


def test_the_first_event_that_says_it_counts() -> None:
    assert said_first(EPOCH, [ResponsibilityMoved(epoch=2), ResponsibilityMoved(epoch=3)]) == 2


def test_a_field_of_that_name_in_another_message_is_not_it() -> None:
    assert said_first(EPOCH[:1], [PetitionAccepted(), ACCEPT]) is None
