"""No state without a next date: every state that a case can reach has somebody who must act, or is final.

The walks go through the real deciders, by every class and route (promises P4, P5; domain rules, 11.4,
invariant 2). What counts is what is still left after all time has gone by: the duty of a unit, which goes on
when it is late. A remedy that lapses, or a window that closes, keeps no case from lying.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.clocks.timetable import RULES, Timetable
from huiyin_domain.intake.state import Petition, is_final
from tests.support.small_policy import CALENDAR, COURT, DISCIPLINE, HOUSING, LABOUR, OFFICE
from tests.unit.clocks.walking import Node, Tried, registered, split_off, steps
from tests.unit.intake.moves import (
    ADMINISTRATIVE,
    ARBITRATION,
    DUTY_TO_ACT,
    JUDICIAL_CLAIM,
    PARTY,
    Fields,
)
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, PETITION_CLAIM, SUGGESTION

BEGINNINGS = {
    "an office": registered(OFFICE),
    "an office, without a name": registered(OFFICE, anonymous=True),
    "a unit": registered(HOUSING),
    "a unit, without a name": registered(HOUSING, anonymous=True),
    "a court": registered(COURT),
    "a discipline organ": registered(DISCIPLINE),
    "history of an office": registered(OFFICE, common.ENTRY_KIND_IMPORTED),
    "history of a unit": registered(HOUSING, common.ENTRY_KIND_IMPORTED),
    "a part, litigation": split_off(OFFICE, common.TRACK_JUDICIAL),
    "a part, accusation": split_off(OFFICE, common.TRACK_DISCIPLINE),
}
COURSES: dict[str, Fields] = {
    "31(1)": JUDICIAL_CLAIM,
    "31(2)": ARBITRATION,
    "31(3)": PARTY,
    "31(4)": ADMINISTRATIVE,
    "31(5)": DUTY_TO_ACT,
    "31(6)": PETITION_CLAIM,
    "suggestion": SUGGESTION,
    "accusation": ACCUSATION,
    "litigation": LITIGATION,
}
_BESIDE = frozenset(
    {
        "OrderHandover",
        "ApproveExtension",
        "NotifyExtension",
        "NotifyReceipt",
        "ProveHandoverReceipt",
        "CorrectRegistration",
        "RequestRecusal",
        "DecideRecusal",
        "ReportCompletion",
        "CheckCompletion",
    }
)
"""Commands that do not move a case on: what they start, end or lengthen is left out below."""

_ENDINGS = frozenset(
    {
        "WithdrawPetition",
        "RecordWithdrawal",
        "ConfirmWithdrawal",
        "ContinuePetition",
        "RecordDeath",
        "RecordAgreement",
    }
)
"""How a case ends without an answer, and goes on: a walk of its own."""

_ANOTHERS = frozenset({"HandOverPetition", "DecideCompetence", "RequestReview"})

_LEFT_OUT = frozenset(
    {"T3", "T4", "T5", "T6", "T7-SHADOW", "T8", "T9", "T11", "C1", "E4", "R1", "M1", "M5", "O1", "S1"}
)
"""Periods beside the course of a case, on which no state may depend: receipt was notified, the window or the
remedy is over, the report was made."""

_GIVEN = (LABOUR, DISCIPLINE)
"""They stand for all that a matter can be given to."""

TIMETABLE = Timetable(CALENDAR, rules=[rule for rule in RULES if rule.id not in _LEFT_OUT])


def owed(node: Node, timetable: Timetable = TIMETABLE) -> list[Clock]:
    """What units still have to do, however late they are."""
    found = clocks(node.marks, timetable)
    return [one for one in found if one.running and one.nature is Nature.DUTY and one.unit]


def course(fields: Fields) -> Tried:
    """Walks one class and route, and what turns out to be an accusation; two units stand for all others."""

    def tried(petition: Petition, rpc: str, sent: Fields) -> bool:
        if rpc == "ClassifyPetition":
            accuses = sent["petition_class"] == types.PETITION_CLASS_ACCUSATION
            goes_back = petition.petition_class == types.PETITION_CLASS_ACCUSATION
            if accuses and fields["petition_class"] != types.PETITION_CLASS_ACCUSATION:
                return bool(sent["accused_units"] == [LABOUR])
            same = all(sent.get(name) == value for name, value in fields.items())
            return bool(accuses or (same and not goes_back))
        if rpc == "IssueOpinion":
            return petition.petition_class == fields["petition_class"] and _answers(petition, sent)
        if rpc == "ReferLitigation":
            return not petition.referrals
        if rpc == "RequestReview":
            return _came_straight(petition) and not (len(petition.opinions) > 1 and petition.reviews)
        if sent.get("kind") == types.HANDOVER_KIND_REFERRAL and rpc == "HandOverPetition":
            return False
        given = sent.get("unit") if rpc == "DecideCompetence" else sent.get("to_unit")
        return rpc not in _BESIDE | _ENDINGS and (given is None or given in _GIVEN)

    return tried


def _answers(petition: Petition, sent: Fields) -> bool:
    """What can be reviewed is answered twice."""
    judicial = petition.track == common.TRACK_JUDICIAL
    if petition.opinions and petition.route != types.ROUTE_PETITION:
        return False
    return bool(judicial or sent["outcome"] != types.OPINION_OUTCOME_EXPLAINED)


def _came_straight(petition: Petition) -> bool:
    """By which way it came to the answer, reviews do not ask."""
    return petition.epoch == 1 and not petition.objectors | petition.recalled


def walked(start: Node, tried: Tried, timetable: Timetable = TIMETABLE) -> Iterator[tuple[Node, list[Clock]]]:
    """Every state that can be reached, once, by a shortest way, with what is owed in it."""
    seen, waiting = set(), deque([start])
    while waiting:
        node = waiting.popleft()
        due = owed(node, timetable)
        if (known := _known(node, due)) not in seen:
            seen.add(known)
            yield node, due
            waiting.extend(steps(node, tried))


def _known(node: Node, due: Iterable[Clock]) -> object:
    """What two ways to a case have to agree in, for the same to follow from both."""
    petition = node.petition
    one_by_one = petition._replace(
        registration=None,  # type: ignore[arg-type] # it never changes
        classifications=0,
        corrections=0,
        epoch=0,
        handover=None,
        participation=None,  # type: ignore[arg-type] # who sees it
        leaving=frozenset(),
        notified_by=frozenset(),
        word=None,
        opinions=(),
        reviews=(),
        handlers=frozenset(),
        links=(),
        referrals=(),
    )
    handover = petition.handover
    return (
        one_by_one,
        handover and (handover.to_unit, handover.objected, handover.objection_refused),
        tuple((one.outcome, one.served_time is None, one.executed) for one in petition.opinions),
        tuple((one.level, one.outcome, one.served_time is None) for one in petition.reviews),
        tuple((one.stage, one.declined, one.concluded) for one in petition.referrals),
        tuple(one.status for one in node.referrals.values()),
        tuple(type(event) for event in node.to_organ),
        tuple(type(event) for _, event in node.to_intake),
        frozenset((one.rule, one.unit) for one in due),
    )


def without_a_date(found: Iterable[tuple[Node, list[Clock]]]) -> list[str]:
    """The ways to states that are not final and in which nobody has to act."""
    return [" > ".join(node.path) for node, due in found if not due and not is_final(node.petition)]


def owed_twice(found: Iterable[tuple[Node, list[Clock]]]) -> list[str]:
    """The ways to states in which one duty of one unit runs twice: each starts once, and ends once (P5)."""
    return [
        " > ".join(node.path) for node, due in found if len({(one.rule, one.unit) for one in due}) < len(due)
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", COURSES)
def test_every_state_of_every_class_and_route_has_a_date_or_is_final(name: str) -> None:
    found = list(walked(BEGINNINGS["an office"], course(COURSES[name])))
    assert without_a_date(found) == []
    assert owed_twice(found) == []
    assert len(found) > 100, "the walk got nowhere"


@pytest.mark.parametrize("name", ["31(6)", "suggestion"])
def test_every_state_of_a_case_that_ends_without_an_answer_has_a_date_or_is_final(name: str) -> None:
    """By agreement, withdrawal or death, from every state of a case in one hand; and when it goes on."""
    way = course(COURSES[name])

    def tried(petition: Petition, rpc: str, sent: Fields) -> bool:
        accuses = sent.get("petition_class") == types.PETITION_CLASS_ACCUSATION
        if rpc in _ANOTHERS or accuses or (rpc == "IssueOpinion" and petition.opinions):
            return False
        return rpc in _ENDINGS or way(petition, rpc, sent)

    found = list(walked(BEGINNINGS["an office"], tried))
    assert without_a_date(found) == []
    assert len(found) > 100, "the walk got nowhere"


@pytest.mark.parametrize("beginning", sorted(BEGINNINGS.keys() - {"an office"}))
def test_every_state_until_the_answer_has_a_date_however_the_case_began(beginning: str) -> None:
    """What follows the answer is the same for all, and walked through from an office."""

    def tried(petition: Petition, rpc: str, sent: Fields) -> bool:
        early = rpc not in ("IssueOpinion", "ReferLitigation")
        return early and any(course(fields)(petition, rpc, sent) for fields in _EACH)

    assert without_a_date(walked(BEGINNINGS[beginning], tried)) == []


_EACH = (PETITION_CLAIM, SUGGESTION, LITIGATION, ACCUSATION)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(BEGINNINGS)),
    st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from((0, 1, 9, 20))), max_size=40),
)
def test_at_random_too_no_case_is_left_without_a_date(beginning: str, choices: list[tuple[int, int]]) -> None:
    """Every command that walks try, with days that go by, and by the whole table of periods."""
    node, everything = BEGINNINGS[beginning], Timetable(CALENDAR)
    for choice, days in choices:
        following = list(steps(node, days=days, minutes=1))
        if not following:
            break
        node = following[choice % len(following)]
        assert without_a_date([(node, owed(node, everything))]) == []


def but(rule_id: str) -> Timetable:
    """The timetable of the walks with a row taken out."""
    return Timetable(CALENDAR, rules=[rule for rule in TIMETABLE.rules if rule.id != rule_id])


@pytest.mark.parametrize(
    ("rule_id", "name"),
    [
        ("T1", "suggestion"),
        ("T7", "31(6)"),
        ("E1", "31(6)"),
        ("E3", "suggestion"),
        ("E5", "31(6)"),
        ("E9", "suggestion"),
        ("E10", "31(6)"),
        ("E11", "suggestion"),
        ("E12", "suggestion"),
        ("E13", "31(3)"),
        ("E14", "suggestion"),
        ("E15", "suggestion"),
        ("E16", "accusation"),
        ("E18", "31(4)"),
        ("E19", "31(5)"),
        ("E20", "31(2)"),
        ("E21", "litigation"),
        ("T10", "31(6)"),
        ("T12", "31(6)"),
        ("J2", "litigation"),
        ("E2", "31(6)"),
    ],
)
def test_a_walk_notices_each_row_that_is_missing(rule_id: str, name: str) -> None:
    """A planted violation: the first hole that it makes is found, and what is walked before it is sound."""
    found = walked(BEGINNINGS["an office"], course(COURSES[name]), but(rule_id))
    assert any(without_a_date([one]) for one in found)


def test_a_walk_from_a_court_notices_that_the_row_of_its_own_matters_is_missing() -> None:
    found = walked(BEGINNINGS["a court"], course(COURSES["31(1)"]), but("E17"))
    assert any(without_a_date([one]) for one in found)


def test_what_is_not_accepted_is_final_once_the_petitioner_is_told() -> None:
    declined = [node for node in steps(BEGINNINGS["an office"]) if node.path[-1].startswith("Decline")]
    assert declined
    assert not any(is_final(node.petition) for node in declined)
    told = [node for one in declined for node in steps(one) if node.path[-1].startswith("TellPetitioner")]
    assert told
    assert all(is_final(node.petition) for node in told)
