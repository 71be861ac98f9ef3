"""Promise P6: its checker holds on a legal history and finds each planted violation."""

from dataclasses import replace

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.reception.v1 import events_pb2 as reception
from huiyin_audit.checks import bound_is_bound
from huiyin_audit.findings import PromiseOutcome
from tests.unit.audit.book import Act, act_with, changed, told, without
from tests.unit.audit.legal_story import (
    INTAKE,
    ITEMS,
    MEETING,
    RECEPTION,
    RESOLUTION,
    applied,
    case,
    legal_story,
)

STORY = legal_story()


def rules(story: list[Act]) -> set[str]:
    return {finding.rule for finding in bound_is_bound.check(told(story)).violations}


def refused(nth: int, reason: str) -> intake.ResolutionItemRefused:
    return intake.ResolutionItemRefused(
        meeting_id=MEETING, resolution_id=RESOLUTION, item_id=ITEMS[nth].item_id, reason=reason
    )


def with_outcomes(*outcomes: intake.ResolutionItemApplied | intake.ResolutionItemRefused) -> list[Act]:
    """The story with other outcomes of the items on their cases, and the meeting told so."""
    at = act_with(STORY, intake.ResolutionItemApplied)
    cases = {item.item_id: item.case_id for item in ITEMS}
    writes = tuple((f"petition-{cases[event.item_id]}", event) for event in outcomes)
    story = [*STORY[:at], replace(STORY[at], writes=writes), *STORY[at + 1 :]]
    for nth, event in enumerate(outcomes):
        told_so = {"applied": isinstance(event, intake.ResolutionItemApplied)}
        reason = getattr(event, "reason", "")
        story = changed(story, reception.ItemSettled, nth, reason=reason, **told_so)
    return story


def test_a_legal_history_holds() -> None:
    assert bound_is_bound.check(told(STORY)).outcome is PromiseOutcome.HOLDS


def test_a_resolution_refused_as_a_whole_with_its_reason_holds() -> None:
    story = with_outcomes(refused(0, "STALE_EPOCH"), refused(1, "OTHER_ITEM_REFUSED"))
    assert bound_is_bound.check(told(story)).outcome is PromiseOutcome.HOLDS


def test_a_refusal_for_a_case_that_does_not_exist_may_stand_on_another_of_the_resolution() -> None:
    story = with_outcomes(refused(0, "OTHER_ITEM_REFUSED"), refused(1, "NO_SUCH_CASE"))
    at = act_with(story, intake.ResolutionItemRefused)
    on_first = tuple((f"petition-{case('D')}", event) for _, event in story[at].writes)
    story = [*story[:at], replace(story[at], writes=on_first), *story[at + 1 :]]
    assert bound_is_bound.check(told(story)).outcome is PromiseOutcome.HOLDS
    elsewhere = tuple((f"petition-{case('A')}", event) for _, event in story[at].writes)
    story = [*story[:at], replace(story[at], writes=elsewhere), *story[at + 1 :]]
    assert rules(story) == {"ITEM_ALTERED"}


def test_an_item_applied_without_a_bound_resolution_is_found() -> None:
    assert "NEVER_BOUND" in rules(without(STORY, reception.ResolutionBound))


def test_an_item_applied_before_the_resolution_bound_is_found() -> None:
    at = act_with(STORY, intake.ResolutionItemApplied)
    bound = act_with(STORY, reception.ResolutionBound)
    early = replace(STORY[at], causes=())
    story = [*STORY[:bound], early, *STORY[bound:at], *STORY[at + 1 :]]
    assert rules(story) == {"APPLIED_BEFORE_BOUND"}


def test_an_item_that_had_only_seen_the_signatures_is_found() -> None:
    at = act_with(STORY, intake.ResolutionItemApplied)
    causes = tuple(type(cause)(log=cause.log, stream=cause.stream, version=6) for cause in STORY[at].causes)
    assert rules([*STORY[:at], replace(STORY[at], causes=causes), *STORY[at + 1 :]]) == {
        "APPLIED_BEFORE_BOUND"
    }


def test_an_item_applied_twice_is_found() -> None:
    writes = ((f"petition-{case('E')}", applied(ITEMS[1])),)
    assert rules([*STORY, Act(INTAKE, writes, "intake", "again")]) == {"ITEM_ENDS_TWICE"}


def test_an_item_applied_and_then_refused_is_found() -> None:
    writes = ((f"petition-{case('E')}", refused(1, "STALE_EPOCH")),)
    assert rules([*STORY, Act(INTAKE, writes, "intake", "again")]) == {"ITEM_ENDS_TWICE"}


def test_a_resolution_applied_in_part_is_found() -> None:
    story = with_outcomes(applied(ITEMS[0]), refused(1, "STALE_EPOCH"))
    assert rules(story) == {"PARTLY_APPLIED"}


def test_an_item_that_ends_nowhere_is_found_once_all_is_at_rest() -> None:
    story = without(STORY, intake.ResolutionItemApplied, 1)
    assert {"NO_OUTCOME", "SETTLED_OTHERWISE"} == rules(story)


def test_an_item_still_under_way_leaves_the_question_open() -> None:
    at = act_with(STORY, intake.ResolutionItemApplied)
    verdict = bound_is_bound.check(told(STORY[:at], at_rest=False))
    assert verdict.outcome is PromiseOutcome.UNKNOWN
    assert {finding.rule for finding in verdict.open_questions} == {"NO_OUTCOME"}
    assert bound_is_bound.check(told(STORY[:at], at_rest=True)).outcome is PromiseOutcome.BROKEN


def test_an_outcome_that_never_reaches_the_meeting_is_found() -> None:
    at = act_with(STORY, reception.ItemSettled)
    assert rules(STORY[:at]) == {"NOT_SETTLED"}


def test_a_refusal_without_a_reason_of_its_own_is_found() -> None:
    other = with_outcomes(refused(0, "OTHER_ITEM_REFUSED"), refused(1, "OTHER_ITEM_REFUSED"))
    assert rules(other) == {"REFUSED_WITHOUT_CAUSE"}
    silent = with_outcomes(refused(0, "STALE_EPOCH"), refused(1, ""))
    assert rules(silent) == {"REFUSED_WITHOUT_CAUSE"}


def test_an_item_applied_other_than_signed_is_found() -> None:
    for field, value in {"unit": "COURT", "due_date": "2026-07-31", "kind": None}.items():
        assert rules(changed(STORY, intake.ResolutionItemApplied, 1, **{field: value})) == {"ITEM_ALTERED"}


def test_a_meeting_that_was_told_otherwise_is_found() -> None:
    story = changed(STORY, reception.ItemSettled, applied=False, reason="STALE_EPOCH")
    assert rules(story) == {"SETTLED_OTHERWISE"}


def test_a_resolution_called_settled_too_soon_is_found() -> None:
    at = act_with(STORY, reception.ItemSettled)
    early = Act(RECEPTION, ((f"meeting-{MEETING}", STORY[at + 1].writes[1][1]),), "OFFICE", "early")
    assert rules([*STORY[:at], early, *STORY[at:]]) == {"SETTLED_TOO_SOON"}
