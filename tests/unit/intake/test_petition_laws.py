"""Random legal and illegal commands over several petitions keep every law, and laws find planted breaches."""

from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.decide.split import split
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import apply_resolution
from huiyin_domain.refusal import Refusal
from tests.support.deciding import identity, officer
from tests.support.small_policy import COURT, DIRECTORY, HOUSING, LABOUR, OFFICE
from tests.unit.intake import laws
from tests.unit.intake.moves import NEXT, PARTS, moves, rightful
from tests.unit.intake.petitions import Case
from tests.unit.intake.reacting import ASSIGN, INTAKE, TASK, giving_back, item, taking

AGENCIES = sorted(organisation.code for organisation in DIRECTORY)
OF_PETITIONERS = (
    "RatePetition",
    "TakeBackRating",
    "ConfirmNotice",
    "WithdrawPetition",
    "ConfirmWithdrawal",
    "ContinuePetition",
)
"""They name no epoch: no officer stands between."""
CASES_MAX = 4
CHOICE = st.integers(0, 99_999)


class Petitions(RuleBasedStateMachine):
    """Several cases at once, each judged after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[Case] = []
        self.meetings = 0

    @initialize()
    def two_filings(self) -> None:
        self.register()
        self.register()

    @precondition(lambda self: len(self.cases) < CASES_MAX)
    @rule()
    def register(self) -> None:
        self.cases.append(Case(len(self.cases) * 100_000 + 1))

    @rule(data=st.data(), choices=st.lists(CHOICE, min_size=1, max_size=15))
    def go_on(self, data: st.DataObject, choices: list[int]) -> None:
        """Likely next steps, each by whom it falls to and some days after the last one."""
        case = self._some(data)
        for choice in choices:
            case.later(days=(0, 1, 8, 40)[choice % 4])
            likely = NEXT[case.state.status]
            rpc = likely[choice // 4 % len(likely)]
            self._send(case, rpc, rightful(case, rpc), choice // 100, 0)

    @rule(data=st.data(), choice=CHOICE, shift=st.sampled_from([0, 0, -1, 1]), role=st.sampled_from(Role))
    def interfere(self, data: st.DataObject, choice: int, shift: int, role: Role) -> None:
        """Any command by anybody at any time, perhaps on another epoch."""
        case = self._some(data)
        rpcs = sorted(moves(case.state))
        rpc = rpcs[choice // 3 % len(rpcs)]
        agency = AGENCIES[choice // 100 % len(AGENCIES)]
        by = (rightful(case, rpc), officer(agency), officer(agency, "x", role))[choice % 3]
        self._send(case, rpc, by, choice // 7, shift)

    def _some(self, data: st.DataObject) -> Case:
        return data.draw(st.sampled_from(self.cases))

    def _send(self, case: Case, rpc: str, by: Principal, choice: int, shift: int) -> None:
        possible = moves(case.state)[rpc]
        fields = dict(possible[choice % len(possible)])
        mark = fields.pop("mark", b"")
        if rpc == "ApproveExtension":
            fields["approved_by"] = by.officer
        if rpc not in OF_PETITIONERS:
            fields["epoch"] = max(0, case.state.epoch + shift)
        command = case.command(rpc, **fields)
        context = case.context(by, document_mark=mark)
        decision = PETITION.decide(case.state, command, context)
        if isinstance(decision, Refusal):
            _speaks(decision)
            return
        _only_moves_move(case, decision)
        again = PETITION.decide(case.state, command, context)
        assert isinstance(again, Refusal) or not again, f"{rpc} had a second effect"
        stale = shift and rpc not in (*OF_PETITIONERS, "AcceptPetition")
        assert not (stale and decision), f"{rpc} took effect on another epoch"

    @rule(data=st.data())
    def split_off(self, data: st.DataObject) -> None:
        case = self._some(data)
        command = case.command("SplitPetition", **data.draw(st.sampled_from(PARTS)))
        assert isinstance(command, commands.SplitPetitionRequest)
        decision = split(case.state, command, case.context(case.holder))
        if isinstance(decision, Refusal):
            return
        _only_moves_move(case, decision.origin_events)
        if len(self.cases) < CASES_MAX:
            part = Case(len(self.cases) * 100_000 + 1)
            part.state, part.history = PETITION.initial(), []
            part.given(*decision.part_events)
            self.cases.append(part)

    @rule(data=st.data(), number=st.integers(1, 2))
    def court_takes(self, data: st.DataObject, number: int) -> None:
        case = self._litigation(data)
        _only_moves_move(case, taking(case, identity(number), COURT))

    @rule(data=st.data(), number=st.integers(1, 2), concluded=st.booleans())
    def court_hands_back(self, data: st.DataObject, number: int, concluded: bool) -> None:
        case = self._litigation(data)
        _only_moves_move(case, giving_back(case, identity(number), COURT, concluded))

    def _litigation(self, data: st.DataObject) -> Case:
        """A case in the judicial track, when there is one."""
        judicial = [case for case in self.cases if case.state.track == common.TRACK_JUDICIAL]
        return data.draw(st.sampled_from(judicial or self.cases))

    @rule(data=st.data(), shift=st.sampled_from([0, 0, 0, -1]))
    def resolve(self, data: st.DataObject, shift: int) -> None:
        """A resolution on two cases, perhaps on an older epoch of one."""
        self.meetings += 1
        first, second = self._some(data), self._some(data)
        unit = data.draw(st.sampled_from([HOUSING, LABOUR, OFFICE, "nobody"]))
        number = self.meetings * 10
        items = [
            item(first, number, ASSIGN, HOUSING, first.state.epoch + shift),
            item(second, number + 1, data.draw(st.sampled_from([TASK, ASSIGN])), unit),
        ]
        states = {case.state.case_id: case.state for case in (first, second)}
        resolution = identity(5000 + self.meetings)
        signed_by = data.draw(st.sampled_from([AGENCIES, [HOUSING, OFFICE]]))
        bound = ResolutionBound(
            meeting_id=identity(1), resolution_id=resolution, items=items, signed_by=signed_by
        )
        changes = apply_resolution(states, bound, first.context(INTAKE))
        for case in {id(case): case for case in (first, second)}.values():
            _only_moves_move(case, changes.get(case.state.case_id, ()))
        states = {case.state.case_id: case.state for case in (first, second)}
        assert not apply_resolution(states, bound, first.context(INTAKE))

    @invariant()
    def every_law_holds(self) -> None:
        for case in self.cases:
            for law in laws.LAWS:
                assert not list(law(case.history)), law.__name__
        assert not list(laws.bound_is_bound([case.history for case in self.cases]))

    @invariant()
    def the_state_agrees_with_the_record(self) -> None:
        for case in self.cases:
            state = case.state
            assert state.holder
            assert state.holder in state.parties
            assert not state.audience & state.accused_units
            assert (state.handover is not None) == (
                state.status in (types.PETITION_STATUS_HANDED_OVER, types.PETITION_STATUS_OBJECTED)
            )


def _only_moves_move(case: Case, made: Any) -> None:
    """Records events one by one: no event but ResponsibilityMoved changes holder or epoch (promise P2)."""
    for event in made:
        before = case.state
        case.given(event)
        moved = isinstance(event, events.ResponsibilityMoved)
        assert case.state.epoch == before.epoch + moved
        assert moved or case.state.holder == before.holder


def _speaks(refusal: Refusal) -> None:
    """A refusal says what was wrong in words, and why in a stable reason."""
    assert refusal.reason.replace("_", "").isupper()
    assert len(refusal.message) > 15


TestPetitions = Petitions.TestCase
TestPetitions.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

REGISTERED = events.PetitionRegistered(case_id="a", unit=OFFICE)
CLASSIFIED = events.PetitionClassified(track=common.TRACK_ADMINISTRATIVE)
SUPPORTED = events.OpinionIssued(opinion_id="o", outcome=types.OPINION_OUTCOME_SUPPORTED, officer="wang")
SERVED, CLOSED = events.OpinionServed(opinion_id="o"), events.PetitionClosed()
ACCEPTED = events.PetitionAccepted(unit=OFFICE)
JUDICIAL = events.PetitionClassified(track=common.TRACK_JUDICIAL)
NAMELESS = events.PetitionNotAccepted(
    code=types.NON_ACCEPTANCE_CODE_IN_HAND, remedy=Sealed(), reasons=Sealed()
)


REFUSED = events.OpinionIssued(opinion_id="o", outcome=types.OPINION_OUTCOME_NOT_SUPPORTED)
CHANGED = events.ReviewDecided(new_outcome=types.OPINION_OUTCOME_SUPPORTED)


@pytest.mark.parametrize(
    ("law", "breach"),
    [
        (laws.registered, [CLASSIFIED]),
        (laws.registered, [REGISTERED, REGISTERED]),
        (
            laws.registered,
            [REGISTERED, NAMELESS],
        ),
        (
            laws.one_holder,
            [REGISTERED, events.ResponsibilityMoved(from_unit=HOUSING, to_unit=OFFICE, epoch=2)],
        ),
        (
            laws.one_holder,
            [REGISTERED, events.ResponsibilityMoved(from_unit=OFFICE, to_unit=HOUSING, epoch=3)],
        ),
        (laws.one_holder, [REGISTERED, events.PetitionAccepted(unit=HOUSING)]),
        (laws.one_track, [REGISTERED, events.PetitionClassified()]),
        (
            laws.one_track,
            [REGISTERED, CLASSIFIED, ACCEPTED, JUDICIAL],
        ),
        (laws.one_track, [REGISTERED, CLASSIFIED, events.PetitionSplit(track=common.TRACK_ADMINISTRATIVE)]),
        (laws.answered_before_closed, [REGISTERED, CLOSED]),
        (laws.answered_before_closed, [REGISTERED, SUPPORTED, CLOSED]),
        (laws.answered_before_closed, [REGISTERED, SUPPORTED, SERVED, CLOSED]),
        (laws.answered_before_closed, [REGISTERED, REFUSED, SERVED, CHANGED, CLOSED]),
        (laws.extended_at_most_30_days, [events.ExtensionApproved(extension_days=20)] * 2),
        (laws.reviewed_by_others, [SUPPORTED, events.ReviewDecided(officer="wang")]),
        (laws.rated_once, [events.PetitionRated()] * 2),
    ],
)
def test_each_law_finds_a_planted_breach(law: Any, breach: list[Message]) -> None:
    assert list(law(breach))


def test_the_law_of_resolutions_finds_planted_breaches() -> None:
    applied = events.ResolutionItemApplied(resolution_id="r", item_id="1")
    refused = events.ResolutionItemRefused(resolution_id="r", item_id="2", reason="STALE_EPOCH")
    assert list(laws.bound_is_bound([[applied], [refused]]))
    assert list(laws.bound_is_bound([[applied, applied]]))
    assert not list(laws.bound_is_bound([[applied], []]))
