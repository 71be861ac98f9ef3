"""Answers to commands are filled by field name from the events written, else from the request."""

from google.protobuf.message import Message

from huiyin.intake.v1.events_pb2 import PetitionAccepted, PetitionHandedOver, ResponsibilityMoved
from huiyin.intake.v1.service_pb2 import (
    AcceptPetitionRequest,
    AcceptPetitionResponse,
    HandOverPetitionResponse,
)
from huiyin_kernel.commands import fill

ACCEPT = AcceptPetitionRequest(epoch=1)


def epoch_from(*sources: Message) -> int:
    """The epoch that an answer gets."""
    response = AcceptPetitionResponse()
    fill(response, ["epoch"], sources)
    return response.epoch


def test_what_the_events_say_comes_before_what_was_asked() -> None:
    moved = ResponsibilityMoved(epoch=2)
    assert epoch_from(PetitionAccepted(), moved, ACCEPT) == 2


def test_what_no_event_says_stays_as_it_was_asked() -> None:
    assert epoch_from(PetitionAccepted(), ACCEPT) == 1


def test_the_first_event_that_says_it_counts() -> None:
    assert epoch_from(ResponsibilityMoved(epoch=2), ResponsibilityMoved(epoch=3)) == 2


def test_what_nothing_says_stays_empty() -> None:
    response = HandOverPetitionResponse()
    fill(response, ["handover_id"], [PetitionAccepted(), ACCEPT])
    assert response == HandOverPetitionResponse()
    fill(response, ["handover_id"], [PetitionHandedOver(handover_id="x")])
    assert response.handover_id == "x"
