"""Applying policy: who may, over what, and never twice under one name."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin.supervision.v1.service_pb2 import ApplyPolicyRequest
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.policy import POLICY as DECIDER
from huiyin_domain.policy import Applications, changed_days, digest_of, held_digests, in_force, policy_of
from huiyin_domain.refusal import Refusal
from tests.support.invented_year import invented
from tests.support.small_policy import POLICY

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TOP = next(unit.code for unit in POLICY.directory if unit.division == "990000")
COUNTY = next(unit.code for unit in POLICY.directory if unit.division == "990101")
LOCAL = invented("2027.local", more=[date(2027, 1, 5)])


def context(agency: str = TOP, role: Role = Role.ADMINISTRATOR, officer: str = "a-01") -> Context:
    return Context(NOW, NOW, Principal(agency, officer, frozenset({role})), ("p-1",), POLICY)


def request(year: YearCalendar, *divisions: str, replaced: tuple[str, ...] = ("",)) -> ApplyPolicyRequest:
    return ApplyPolicyRequest(policy=policy_of(year, divisions), replaced_digests=replaced)


def applied(command: ApplyPolicyRequest, state: Applications | None = None) -> PolicyApplied:
    (event,) = decided(command, state)
    assert isinstance(event, PolicyApplied)
    return event


def decided(command: ApplyPolicyRequest, state: Applications | None = None, by: Context | None = None):  # type: ignore[no-untyped-def] # a decision
    decision = DECIDER.decide(state or DECIDER.initial(), command, by or context())
    assert not isinstance(decision, Refusal), decision
    return decision


def reason(command: ApplyPolicyRequest, state: Applications | None = None, by: Context | None = None) -> str:
    decision = DECIDER.decide(state or DECIDER.initial(), command, by or context())
    assert isinstance(decision, Refusal), decision
    return decision.reason


def test_an_application_says_what_holds_where_and_what_it_replaces() -> None:
    event = applied(request(LOCAL, "990101"))
    assert (event.version, list(event.divisions), event.digest) == (
        "2027.local",
        ["990101"],
        digest_of(LOCAL),
    )
    amended = invented("2027.local2")
    second = applied(
        request(amended, "990101", replaced=(event.digest,)), DECIDER.evolve(Applications(), event)
    )
    assert list(second.replaced_digests) == [event.digest]


def test_what_holds_already_is_not_recorded_again() -> None:
    state = DECIDER.evolve(Applications(), applied(request(LOCAL)))
    assert decided(request(LOCAL, replaced=("whatever",)), state) == ()


def test_another_that_holds_by_now_is_told_and_not_overwritten() -> None:
    state = DECIDER.evolve(Applications(), applied(request(LOCAL)))
    decision = DECIDER.decide(state, request(invented("2027.2")), context())
    assert isinstance(decision, Refusal)
    assert (decision.reason, decision.facts) == ("POLICY_CHANGED_MEANWHILE", {"held": digest_of(LOCAL)})


def test_a_name_never_stands_for_two_contents_not_even_for_one_that_held_before() -> None:
    first, second = invented("2027.1"), invented("2027.2", more=[date(2027, 1, 5)])
    state = DECIDER.evolve(Applications(), applied(request(first)))
    state = DECIDER.evolve(state, applied(request(second, replaced=(digest_of(first),)), state))
    assert reason(request(first, replaced=(digest_of(second),)), state) == "VERSION_USED"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (context(role=Role.OFFICER), "ROLE_NOT_ALLOWED"),
        (context(officer=""), "ROLE_NOT_ALLOWED"),
        (context(agency="nobody"), "UNKNOWN_AGENCY"),
        (context(agency=COUNTY), "NOT_ITS_PLACE"),
    ],
)
def test_who_may_not_lay_down_what_holds_for_all(by: Context, expected: str) -> None:
    assert reason(request(LOCAL), by=by) == expected


def test_a_county_lays_down_its_own_days_and_no_others() -> None:
    assert decided(request(LOCAL, "990101"), by=context(agency=COUNTY))
    assert reason(request(LOCAL, "990102"), by=context(agency=COUNTY)) == "NOT_ITS_PLACE"
    assert reason(request(LOCAL, "990101", "990102"), by=context(agency=COUNTY)) == "NOT_ITS_PLACE"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (ApplyPolicyRequest(), "MALFORMED_FIELD"),
        (request(replace(LOCAL, version="")), "MALFORMED_FIELD"),
        (request(replace(LOCAL, source="x" * 301)), "MALFORMED_FIELD"),
        (request(replace(LOCAL, workdays=frozenset({date(2027, 1, 4)}))), "CALENDAR_WRONG"),
        (request(LOCAL, "1234"), "UNKNOWN_DIVISION"),
        (request(LOCAL, "990101", "990101"), "DIVISION_TWICE"),
    ],
)
def test_what_is_wrong_in_itself_is_refused(command: ApplyPolicyRequest, expected: str) -> None:
    assert reason(command) == expected


def test_the_days_that_change_are_foretold() -> None:
    before = POLICY.timetable
    first = in_force(before, [applied(request(invented("2027.1")))])
    plain = dict(changed_days(before, first, policy_of(invented("2027.1"))))
    assert plain[date(2027, 1, 1)] is True
    assert plain[date(2027, 1, 30)] is False
    assert date(2027, 1, 2) not in plain, "a Saturday was off already"
    local = policy_of(LOCAL, ["990101"])
    after = first.amended(LOCAL, ["990101"])
    assert list(changed_days(first, after, local)) == [(date(2027, 1, 5), True)]
    assert held_digests(after, local) == [digest_of(LOCAL)]
