"""Promise P1: its checker holds on a legal history and finds each planted violation."""

from dataclasses import replace

import pytest

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY, Sealed
from huiyin.common.v1.types_pb2 import Entry as Made
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import PetitionNotAccepted, PetitionRegistered
from huiyin_audit.checks import registered
from huiyin_audit.findings import PromiseOutcome
from tests.unit.audit.book import Act, Write, changed, told, without
from tests.unit.audit.legal_story import case, legal_story

STORY = legal_story()


def rules(story: list[Act]) -> set[str]:
    return {finding.rule for finding in registered.check(told(story)).violations}


def test_a_legal_history_holds() -> None:
    assert registered.check(told(STORY)).outcome is PromiseOutcome.HOLDS


@pytest.mark.parametrize("field", ["code", "reasons", "remedy", "officer", "redirect_unit"])
def test_a_non_acceptance_without_any_of_its_parts_is_found(field: str) -> None:
    found = registered.check(told(changed(STORY, PetitionNotAccepted, **{field: None}))).violations
    assert [finding.rule for finding in found] == ["NON_ACCEPTANCE_UNACCOUNTED"]
    assert field in found[0].en


def test_a_case_in_hand_elsewhere_is_named() -> None:
    story = changed(STORY, PetitionNotAccepted, code=types.NON_ACCEPTANCE_CODE_IN_HAND)
    assert rules(story) == {"NON_ACCEPTANCE_UNACCOUNTED"}


def _citing(write: Write) -> Write:
    stream, event = write
    if not isinstance(event, PetitionNotAccepted):
        return write
    cited = PetitionNotAccepted(earlier_document=Sealed(key_id="k"))
    cited.MergeFrom(event)
    return stream, cited


@pytest.mark.parametrize(
    "code", [types.NON_ACCEPTANCE_CODE_RE_REVIEWED, types.NON_ACCEPTANCE_CODE_REVIEW_OPEN]
)
def test_what_rests_on_an_earlier_answer_names_its_case_or_cites_it(
    code: types.NonAcceptanceCode.ValueType,
) -> None:
    """Version 0.1 asked for none: what it recorded is read as it was judged then."""
    coded = changed(STORY, PetitionNotAccepted, code=code)
    since = [replace(act, entry=Made(kind=ENTRY_KIND_TIMELY)) for act in coded]
    assert rules(since) == {"NON_ACCEPTANCE_UNACCOUNTED"}
    cited = [replace(act, writes=tuple(map(_citing, act.writes))) for act in since]
    assert rules(cited) == set()
    assert rules(changed(since, PetitionNotAccepted, same_case_id=case("B"))) == set()
    assert rules(changed(STORY, PetitionNotAccepted, code=code)) == set()


def test_a_dropped_registration_is_found() -> None:
    assert "NOT_BEGUN_BY_REGISTRATION" in rules(without(STORY, PetitionRegistered))


def test_an_acknowledged_filing_that_is_nowhere_is_found() -> None:
    whole = told(STORY)
    lost = without(STORY, PetitionRegistered, nth=6)
    history = replace(told(lost), calls=whole.calls)
    assert "FILING_LOST" in {finding.rule for finding in registered.check(history).violations}


def test_a_filing_turned_away_by_the_state_of_things_is_found() -> None:
    whole = told(STORY)
    refused = replace(whole.calls[0], request_id="another", status="FAILED_PRECONDITION", receipt=None)
    found = registered.check(replace(whole, calls=(*whole.calls, refused))).violations
    assert [finding.rule for finding in found] == ["FILING_TURNED_AWAY"]


def test_a_malformed_filing_may_be_refused() -> None:
    whole = told(STORY)
    refused = replace(whole.calls[0], request_id="another", status="INVALID_ARGUMENT", receipt=None)
    assert registered.check(replace(whole, calls=(*whole.calls, refused))).outcome is PromiseOutcome.HOLDS


def test_a_second_registration_of_a_case_is_found() -> None:
    again = replace(STORY[0], name="again", method="")
    assert rules([*STORY, again]) == {"REGISTERED_TWICE"}


@pytest.mark.parametrize("field", ["case_id", "display_number", "unit", "received_time"])
def test_a_registration_without_any_of_its_parts_is_found(field: str) -> None:
    story = changed(STORY, PetitionRegistered, **{field: None})
    assert "REGISTRATION_INCOMPLETE" in rules(story)


def test_a_listing_that_hides_or_invents_a_case_is_found() -> None:
    history = told(STORY)
    everything = {case(name) for name in "ABCDEFG"}
    assert registered.check_listing(history, everything).outcome is PromiseOutcome.HOLDS
    hidden = registered.check_listing(history, everything - {case("F")}).violations
    assert [finding.rule for finding in hidden] == ["CASE_HIDDEN"]
    invented = registered.check_listing(history, everything | {case("Z")}).violations
    assert [finding.rule for finding in invented] == ["CASE_INVENTED"]
