"""Exactly one receipt: the checker holds where it should and finds each planted violation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from huiyin.common.v1.types_pb2 import Actor, Receipt
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.exchange.v1 import types_pb2 as types
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin.intake.v1.events_pb2 import PetitionAccepted
from huiyin_audit.checks.exactly_one_receipt import Exchanged, check
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import History, history_of
from huiyin_kernel.ids import derived, published_request
from huiyin_store.port import RecordedEvent

BUREAU, COURT, LOG = "BUREAU", "COURT", "intake@990000"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FIRST, SECOND, THIRD, FOURTH = (str(derived("message", str(number))) for number in range(4))
ACCEPTED, REFUSED = types.RECEIPT_STATUS_ACCEPTED, types.RECEIPT_STATUS_REFUSED


def event(position: int, agency: str, message_id: str) -> RecordedEvent:
    metadata = EventMetadata(
        actor=Actor(agency="exchange", on_behalf_of=agency),
        request_id=str(published_request(agency, message_id)),
    )
    name, identity = PetitionAccepted.DESCRIPTOR.full_name, derived("event", str(position))
    return RecordedEvent(
        position, f"petition-{position}", 1, identity, name, NOW, NOW, metadata.SerializeToString(), b"",
        bytes(32), bytes(32),
    )  # fmt: skip


def receipt(number: int, message_id: str, position: int = 0, agency: str = BUREAU) -> AgencyReceipt:
    """An accepted one when it has a position, a refused one when not."""
    proof = Receipt(log=LOG, position=position, event_count=1) if position else None
    status = ACCEPTED if position else REFUSED
    return AgencyReceipt(message_id=message_id, agency=agency, number=number, status=status, receipt=proof)


EVENTS = [event(1, BUREAU, FIRST), event(2, COURT, FIRST), event(3, BUREAU, THIRD)]
GIVEN = {
    BUREAU: [receipt(1, FIRST, 1), receipt(2, SECOND), receipt(3, THIRD, 3), receipt(4, "")],
    COURT: [receipt(1, FIRST, 2, COURT)],
}
SENT = {BUREAU: [FIRST, SECOND, SECOND, THIRD], COURT: [FIRST]}
SOUND = Exchanged(SENT, GIVEN, {BUREAU: GIVEN[BUREAU]})


def history(events: Sequence[RecordedEvent] = EVENTS, at_rest: bool = True) -> History:
    return history_of({LOG: events}, at_rest=at_rest)


def given(bureau: Sequence[AgencyReceipt], topic: Sequence[AgencyReceipt] | None = None) -> Exchanged:
    topics: Mapping[str, Sequence[AgencyReceipt]] = {BUREAU: bureau if topic is None else topic}
    return replace(SOUND, given=GIVEN | {BUREAU: list(bureau)}, topics=topics)


def rules(exchanged: Exchanged, events: Sequence[RecordedEvent] = EVENTS) -> set[str]:
    return {finding.rule for finding in check(history(events), exchanged).violations}


def test_a_sound_exchange_holds() -> None:
    assert check(history(), SOUND).outcome is PromiseOutcome.HOLDS


def test_a_message_without_a_receipt_is_found() -> None:
    missing = replace(SOUND, sent=SENT | {BUREAU: [*SENT[BUREAU], FOURTH]})
    assert rules(missing) == {"UNANSWERED"}
    open_still = check(history(at_rest=False), missing)
    assert open_still.outcome is PromiseOutcome.UNKNOWN


def test_a_second_receipt_for_a_message_is_found() -> None:
    assert rules(given([*GIVEN[BUREAU], receipt(5, SECOND)])) == {"ANSWERED_TWICE"}


def test_a_receipt_for_what_was_never_sent_is_found() -> None:
    assert rules(given([*GIVEN[BUREAU], receipt(5, FOURTH)])) == {"NEVER_SENT"}


def test_numbers_that_are_left_out_or_repeated_are_found() -> None:
    for numbers in ((1, 2, 3, 5), (1, 2, 2, 3), (2, 3, 4, 5)):
        messages = zip(numbers, (FIRST, SECOND, THIRD, ""), (1, 0, 3, 0), strict=True)
        assert "NOT_DENSE" in rules(given([receipt(*each) for each in messages]))


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 1, 2, 2, 3), (1, 0, 2, 3), (0, 1, 2, 3, 0), ()])
def test_a_topic_on_which_receipts_are_missing_repeated_or_out_of_order_is_found(
    order: Sequence[int],
) -> None:
    assert rules(given(GIVEN[BUREAU], [GIVEN[BUREAU][place] for place in order])) == {"TOPIC_DIFFERS"}


def test_receipts_that_are_still_to_be_published_leave_nothing_open_but_no_others_do() -> None:
    late = given(GIVEN[BUREAU], GIVEN[BUREAU][:2])
    assert check(history(at_rest=False), late).violations == ()
    swapped = given(GIVEN[BUREAU], GIVEN[BUREAU][1:2])
    assert [one.rule for one in check(history(at_rest=False), swapped).violations] == ["TOPIC_DIFFERS"]


def test_an_accepted_message_without_its_event_is_found() -> None:
    lost = [*EVENTS[:2], event(3, BUREAU, FOURTH)]
    assert rules(SOUND, lost) == {"NOT_RECORDED", "RECORDED_UNANSWERED"}


def test_an_event_that_is_there_twice_is_found() -> None:
    assert rules(SOUND, [*EVENTS, event(4, BUREAU, FIRST)]) == {"NOT_RECORDED"}


def test_an_accepted_message_with_another_event_is_found() -> None:
    other = [receipt(1, FIRST, 2), *GIVEN[BUREAU][1:]]
    assert rules(given(other)) == {"NOT_RECORDED"}


def test_a_refused_message_whose_event_is_there_all_the_same_is_found() -> None:
    assert rules(SOUND, [*EVENTS, event(4, BUREAU, SECOND)]) == {"RECORDED_ALL_THE_SAME"}


def test_an_event_of_a_message_that_was_never_answered_is_found() -> None:
    assert rules(SOUND, [*EVENTS, event(4, COURT, FOURTH)]) == {"RECORDED_UNANSWERED"}


def test_findings_name_the_place_in_both_languages() -> None:
    (finding,) = check(history(), given([*GIVEN[BUREAU], receipt(5, SECOND)])).violations
    assert finding.log == "receipts@BUREAU"
    assert SECOND in finding.zh
    assert f"message {SECOND} has 2 receipts" == finding.en
