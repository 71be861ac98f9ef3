"""The client's journal keeps what was seen and what waits, through the end of the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_client import new_message
from huiyin_client.journal import Journal

CASE = "0192c3a4-7b1e-7def-8abc-0123456789ab"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal(path)
    yield opened
    opened.close()


def entry(number: int, case_id: str = CASE) -> CaseEvent:
    return CaseEvent(case_id=case_id, number=number)


def test_a_place_is_empty_at_first_and_then_where_it_was_left(journal: Journal, path: Path) -> None:
    assert journal.place("cases") == ""
    journal.saw("cases", "17", entry(1))
    journal.saw("cases", "18")
    assert (Journal(path).place("cases"), journal.place("other")) == ("18", "")


def test_an_event_is_new_until_it_or_a_later_one_of_its_case_was_seen(journal: Journal, path: Path) -> None:
    journal.saw("cases", "3", entry(2))
    again = Journal(path)
    assert [again.is_new(entry(number)) for number in (1, 2, 3)] == [False, False, True]
    assert again.is_new(entry(1, "another"))


def test_a_repeat_does_not_make_later_events_new_again(journal: Journal) -> None:
    journal.saw("cases", "5", entry(5))
    journal.saw("cases", "6", entry(3))
    assert not journal.is_new(entry(5))


def test_messages_wait_in_their_order_until_they_are_answered(journal: Journal, path: Path) -> None:
    messages = [new_message(AcceptPetitionRequest(epoch=number)) for number in (1, 2, 3)]
    for message in (*messages, messages[0]):
        journal.put(message)
    journal.answered(messages[1].message_id)
    assert Journal(path).waiting() == [messages[0], messages[2]]


def test_the_same_answer_to_the_same_event_has_the_same_identity() -> None:
    command = AcceptPetitionRequest(case_id=CASE, epoch=1)
    ids = [new_message(command, because=entry(number)).message_id for number in (1, 1, 2)]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)
    assert new_message(command).message_id != new_message(command).message_id
