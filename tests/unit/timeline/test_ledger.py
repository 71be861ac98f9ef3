"""Who receives what of a case: parties all from its beginning, once; accused units nothing (P7, P11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.reception.v1 import events_pb2 as reception
from huiyin_domain.directory import Directory
from huiyin_domain.timeline.case import CaseTimeline, from_bytes, to_bytes, walls_of
from huiyin_domain.timeline.case import told as told_of
from huiyin_domain.timeline.ledger import Ledger, LedgerEntry
from tests.support.agencies import BUREAU, CENTRE, DIRECTORY, HOUSING, LABOUR, LAND, identifier
from tests.support.facts import Logs

FIRST, SECOND = identifier(301), identifier(302)
AGENCIES = (BUREAU, HOUSING, LABOUR, LAND, CENTRE)
RUN_BY_LAND = Directory(
    replace(unit, operators=(LAND,)) if unit.code == CENTRE else unit for unit in DIRECTORY
)


@dataclass
class Story:
    """Events told to a ledger one after the other, and the entries that come of them."""

    logs: Logs = field(default_factory=Logs)
    ledger: Ledger = field(default_factory=lambda: Ledger(walls_of(RUN_BY_LAND)))
    entries: list[LedgerEntry] = field(default_factory=list)

    def tell(
        self, event: Message, *cases: str, context: str = "intake", audience: Sequence[str] = (BUREAU,)
    ) -> list[LedgerEntry]:
        """The entries of an event."""
        fact = self.logs.record(context, f"petition-{cases[0]}", event, cases)
        unknown = {case: CaseTimeline() for case in cases if case not in self.ledger.cases}
        self.ledger.know(unknown)
        self.ledger.know_walls(dict.fromkeys(self.ledger.unknown_walls(cases), frozenset()))
        found = self.ledger.enter(told_of(fact, audience))
        self.entries += found
        return found

    def registered(self, case: str = FIRST) -> None:
        self.tell(intake.PetitionRegistered(case_id=case, unit=BUREAU, division="990101"), case)

    def handed_over(self, unit: str, case: str = FIRST) -> list[LedgerEntry]:
        return self.tell(intake.PetitionHandedOver(from_unit=BUREAU, to_unit=unit), case)

    def accused(self, *units: str, case: str = FIRST) -> list[LedgerEntry]:
        return self.tell(intake.PetitionClassified(accused_units=units), case)

    def read(self, case: str = FIRST) -> list[LedgerEntry]:
        return self.tell(intake.PersonalDataRead(case_id=case), case, audience=())

    def met(self, *agencies: str, cases: Sequence[str] = (FIRST, SECOND)) -> list[LedgerEntry]:
        event = reception.MeetingConvened(meeting_id="m", convener=BUREAU, participants=agencies)
        return self.tell(event, *cases, context="reception", audience=(BUREAU, *agencies))

    def of(self, agency: str) -> list[tuple[str, int]]:
        """What an agency received, in order."""
        return [(entry.case_id, entry.number) for entry in self.entries if agency in entry.recipients]


def shown(entries: Sequence[LedgerEntry]) -> list[tuple[int, list[str], bool]]:
    return [(entry.number, sorted(entry.recipients), entry.catch_up) for entry in entries]


def test_numbers_are_dense_in_a_case_and_places_in_the_whole() -> None:
    story = Story()
    for case in (FIRST, SECOND, FIRST):
        story.tell(intake.ReceiptNotified(), case)
    assert [(entry.case_id, entry.number) for entry in story.entries] == [(FIRST, 1), (SECOND, 1), (FIRST, 2)]
    assert [entry.sequence for entry in story.entries] == [1, 2, 3]


def test_a_newcomer_gets_the_case_from_its_beginning_before_the_event_that_made_it_one() -> None:
    story = Story()
    story.registered()
    story.accused()
    assert shown(story.handed_over(HOUSING)) == [
        (1, [HOUSING], True),
        (2, [HOUSING], True),
        (3, [BUREAU, HOUSING], False),
    ]
    assert shown(story.handed_over(HOUSING)) == [(4, [BUREAU, HOUSING], False)]
    assert [entry.sequence for entry in story.entries] == list(range(1, 7))


def test_an_accused_unit_receives_nothing_from_the_accusation_on_and_is_caught_up_with_nothing() -> None:
    story = Story()
    story.registered()
    story.handed_over(HOUSING)
    story.accused(HOUSING)
    story.handed_over(HOUSING)
    story.tell(intake.ReceiptNotified(), FIRST, audience=(BUREAU, HOUSING))
    assert story.of(HOUSING) == [(FIRST, 1), (FIRST, 2)]
    assert story.entries[-1].walled == {HOUSING}


def test_a_unit_no_longer_accused_gets_what_it_missed_once() -> None:
    story = Story()
    story.registered()
    story.handed_over(HOUSING)
    story.accused(HOUSING)
    story.tell(intake.ReceiptNotified(), FIRST)
    story.accused()
    assert story.of(HOUSING) == [(FIRST, number) for number in (1, 2, 3, 4, 5)]


def test_a_centre_is_kept_from_a_case_in_which_one_of_its_operators_is_accused() -> None:
    story = Story()
    story.registered()
    story.handed_over(CENTRE)
    story.accused(LAND)
    story.tell(intake.ReceiptNotified(), FIRST, audience=(BUREAU, CENTRE))
    assert story.of(CENTRE) == [(FIRST, 1), (FIRST, 2)]
    assert story.entries[-1].walled == {LAND, CENTRE}


def test_what_names_no_audience_is_nobodys_and_is_not_sent_again_either() -> None:
    story = Story()
    story.registered()
    assert shown(story.read()) == [(2, [], False)]
    assert story.entries[-1].closed
    assert shown(story.handed_over(HOUSING)) == [(1, [HOUSING], True), (3, [BUREAU, HOUSING], False)]


def test_an_audience_without_a_part_in_the_case_receives_that_event_alone() -> None:
    story = Story()
    story.registered()
    story.tell(intake.ReceiptNotified(), FIRST, audience=(BUREAU, LABOUR))
    story.tell(intake.ReceiptNotified(), FIRST)
    assert story.of(LABOUR) == [(FIRST, 2)]
    story.handed_over(LABOUR)
    assert story.of(LABOUR) == [(FIRST, 2), (FIRST, 1), (FIRST, 3), (FIRST, 4)]


def test_an_event_of_several_cases_is_an_entry_in_each() -> None:
    story = Story()
    story.registered(FIRST)
    story.registered(SECOND)
    found = story.met(HOUSING, LABOUR)
    assert [(entry.case_id, entry.number) for entry in found if not entry.catch_up] == [
        (FIRST, 2),
        (SECOND, 2),
    ]


def test_earlier_entries_of_several_cases_come_again_in_their_first_order() -> None:
    story = Story()
    for case in (FIRST, SECOND, FIRST, SECOND):
        story.tell(intake.ReceiptNotified(), case)
    story.met(HOUSING)
    assert story.of(HOUSING) == [
        *((FIRST, 1), (SECOND, 1), (FIRST, 2), (SECOND, 2)),
        *((FIRST, 3), (SECOND, 3)),
    ]


def test_who_is_accused_in_one_of_its_cases_does_not_receive_an_event_through_another() -> None:
    story = Story()
    story.registered(FIRST)
    story.registered(SECOND)
    story.handed_over(HOUSING, SECOND)
    story.accused(HOUSING, case=FIRST)
    story.met(LABOUR)
    assert story.of(HOUSING) == [(SECOND, 1), (SECOND, 2)]


def test_a_newcomer_is_not_caught_up_with_events_of_another_case_in_which_it_is_accused() -> None:
    story = Story()
    story.registered(FIRST)
    story.registered(SECOND)
    story.met(LABOUR)
    story.accused(HOUSING, case=FIRST)
    story.handed_over(HOUSING, SECOND)
    assert story.of(HOUSING) == [(SECOND, 1), (SECOND, 3)]


def test_the_division_is_the_one_of_the_registration() -> None:
    story = Story()
    story.registered()
    assert story.handed_over(HOUSING)[-1].division == "990101"


def test_walls_of_other_cases_must_be_said_and_what_is_remembered_is_bounded() -> None:
    story = Story()
    story.met(LABOUR)
    kept = dict(story.ledger.cases)
    story.ledger.forget_beyond(2)
    assert story.ledger.cases == kept
    story.ledger.forget_beyond(1)
    assert story.ledger.cases == {}
    story.ledger.know({FIRST: kept[FIRST]})
    assert story.ledger.unknown_walls([FIRST]) == {SECOND}


MOVES = st.one_of(
    st.tuples(st.just("handed_over"), st.sampled_from(AGENCIES), st.sampled_from((FIRST, SECOND))),
    st.tuples(
        st.just("accused"), st.sets(st.sampled_from(AGENCIES), max_size=2), st.sampled_from((FIRST, SECOND))
    ),
    st.tuples(st.just("read"), st.none(), st.sampled_from((FIRST, SECOND))),
    st.tuples(st.just("met"), st.sets(st.sampled_from(AGENCIES), max_size=3), st.none()),
)


def told(moves: Sequence[tuple[str, object, str]], *, stored: bool = False) -> Story:
    """The story of these moves. When stored, every state goes through its byte form after each of them."""
    story = Story()
    for name, who, case in moves:
        match name:
            case "handed_over":
                story.handed_over(str(who), case)
            case "accused":
                story.accused(*sorted(who), case=case)  # type: ignore[call-overload] # a set of codes
            case "read":
                story.read(case)
            case _:
                story.met(*sorted(who))  # type: ignore[call-overload] # a set of codes
        if stored:
            states = story.ledger.cases.items()
            story.ledger.know({case: from_bytes(to_bytes(state)) for case, state in states})
    return story


@given(st.lists(MOVES, max_size=15))
def test_nobody_receives_an_entry_twice_and_places_and_numbers_are_dense(
    moves: list[tuple[str, object, str]],
) -> None:
    story = told(moves)
    assert [entry.sequence for entry in story.entries] == list(range(1, len(story.entries) + 1))
    for case in (FIRST, SECOND):
        numbers = [entry.number for entry in story.entries if entry.case_id == case and not entry.catch_up]
        assert numbers == list(range(1, len(numbers) + 1))
    for agency in AGENCIES:
        received = story.of(agency)
        assert len(received) == len(set(received))


@given(st.lists(MOVES, max_size=15))
def test_whoever_has_a_part_and_is_not_kept_from_it_has_had_all_that_is_open(
    moves: list[tuple[str, object, str]],
) -> None:
    story = told(moves)
    for case, state in story.ledger.cases.items():
        parties = {HOUSING, LABOUR, LAND, CENTRE, BUREAU} & state.view.parties
        for agency in parties - state.walled:
            entries = [entry for entry in story.entries if entry.case_id == case and not entry.closed]
            open_to = {entry.number for entry in entries if not entry.catch_up}
            walled = {
                number
                for number in open_to
                if any(agency in story.ledger.cases[other].walled for other in _others(state, number))
            }
            had = {number for of, number in story.of(agency) if of == case}
            assert open_to - walled <= had


def _others(state: CaseTimeline, number: int) -> tuple[str, ...]:
    for run in state.runs:
        if number <= len(run.places):
            return run.others
        number -= len(run.places)
    return ()


@given(st.lists(MOVES, max_size=15))
def test_no_entry_is_for_who_is_kept_from_its_case_at_that_moment(
    moves: list[tuple[str, object, str]],
) -> None:
    story, walled = told(moves), dict.fromkeys((FIRST, SECOND), frozenset[str]())
    for entry in story.entries:
        if not entry.catch_up:
            walled[entry.case_id] = entry.walled
            assert not entry.recipients & entry.walled
    last = {entry.case_id: entry for entry in story.entries if not entry.catch_up}
    assert {case: entry.walled for case, entry in last.items()} == {
        case: story.ledger.cases[case].walled for case in last
    }


@given(st.lists(MOVES, max_size=15))
def test_states_that_go_through_their_byte_form_give_the_same_entries(
    moves: list[tuple[str, object, str]],
) -> None:
    assert told(moves, stored=True).entries == told(moves).entries
