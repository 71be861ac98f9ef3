"""Promise P4: due dates follow from events, rules and calendar alone, and every clock explains itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from google.protobuf.message import Message
from hypothesis import example, given
from hypothesis import strategies as st

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1.types_pb2 import ORGAN_KIND_PROCURATORATE
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import DerivedClocks, clocks
from huiyin_domain.clocks.fold import TRANSLATIONS, WITHOUT_CLOCKS, evolve, initial
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.record import from_bytes, to_bytes
from huiyin_domain.clocks.timetable import RULES
from huiyin_domain.clocks.words import LABELS
from huiyin_domain.decider import Fact, UnknownEventError
from huiyin_kernel.codec import EVENT_TYPES
from tests.unit.clocks.story import CASE, COURT, HOUSING, OFFICE, TIMETABLE, TRANSPORT, Story, fold, stamp
from tests.unit.clocks.tellings import registered

Dates = tuple[date | None, date | None]
"""A period's last day as counted, and as moved to a working day."""

PETITION_EVENTS: tuple[Message, ...] = (
    intake.PetitionClassified(petition_class=types.PETITION_CLASS_CLAIM, route=types.ROUTE_PETITION),
    intake.PetitionClassified(petition_class=types.PETITION_CLASS_ACCUSATION),
    intake.PetitionHandedOver(handover_id="h1", from_unit=OFFICE, to_unit=HOUSING, due_date="2026-04-30"),
    intake.PetitionHandedOver(handover_id="h2", from_unit=OFFICE, to_unit=TRANSPORT),
    intake.HandoverObjected(handover_id="h1", unit=HOUSING),
    intake.ObjectionRefused(handover_id="h1"),
    intake.HandoverRecalled(handover_id="h1", unit=HOUSING),
    intake.HandoverOrdered(handover_id="h1", unit=HOUSING, due_date="2026-02-20"),
    intake.HandoverReceiptProved(handover_id="h1", unit=HOUSING, received_time=stamp("2026-02-10")),
    intake.ObjectionUpheld(handover_id="h1"),
    intake.ReceiptNotified(unit=HOUSING),
    intake.ResponsibilityMoved(to_unit=HOUSING, basis=types.MOVE_BASIS_ACCEPTANCE),
    intake.ResponsibilityMoved(to_unit=TRANSPORT, basis=types.MOVE_BASIS_SUPERIOR_DECISION),
    intake.PetitionAccepted(unit=HOUSING),
    intake.PetitionNotAccepted(),
    intake.LedIntoProcedure(),
    intake.PetitionerTold(unit=HOUSING, telling=types.TELLING_LED_IN),
    intake.PetitionerTold(unit=HOUSING, telling=types.TELLING_PROGRESS),
    intake.SupportExecuted(),
    intake.OpinionIssued(outcome=types.OPINION_OUTCOME_SUPPORTED),
    intake.ExtensionApproved(extension_days=20),
    intake.ExtensionNotified(),
    intake.RemedyFactRecorded(fact=types.REMEDY_FACT_ADMINISTRATIVE_ACT_KNOWN, fact_date="2026-01-20"),
    intake.OpinionIssued(),
    intake.OpinionServed(),
    intake.ReviewRequested(review_id="v1", level=types.REVIEW_LEVEL_REVIEW, organ="government"),
    intake.ReviewDecided(
        review_id="v1", level=types.REVIEW_LEVEL_REVIEW, outcome=types.REVIEW_OUTCOME_REVOKED
    ),
    intake.ReviewServed(review_id="v1", level=types.REVIEW_LEVEL_REVIEW),
    intake.RecusalRequested(recusal_id="r1", unit=HOUSING, officer="li", decider="government"),
    intake.RecusalDecided(recusal_id="r1", unit=HOUSING, officer="li"),
    intake.CompletionReported(report_id="p1", handover_id="h1", unit=HOUSING, to_unit=OFFICE),
    intake.CompletionSentBack(report_id="p1", handover_id="h1", unit=OFFICE),
    intake.CompletionReported(report_id="p2", handover_id="h1", unit=HOUSING, to_unit=OFFICE),
    intake.CompletionAccepted(report_id="p2", handover_id="h1", unit=OFFICE),
    intake.PetitionClosed(),
    intake.JudicialReferralAcknowledged(),
    intake.JudicialReferralReturned(),
    intake.ResolutionItemApplied(
        item_id="i", kind=types.RESOLUTION_ITEM_KIND_TASK, unit=HOUSING, due_date="2026-05-01"
    ),
    intake.ResolutionTaskDone(item_id="i"),
)
REFERRAL_EVENTS: tuple[Message, ...] = (
    judicial.ReferralAcknowledged(organ=COURT),
    judicial.PetitionerReplied(organ=COURT),
    judicial.ProgressReported(),
    judicial.ReferralDeclined(),
    judicial.ReferralConcluded(),
)
ORDER_EVENTS: tuple[Message, ...] = (
    supervision.OrderAnswered(unit=HOUSING),
    supervision.OrderSentBack(due_date="2026-06-01"),
    supervision.OrderCarriedOut(),
)
OURS = (
    "T7-SHADOW",
    "C1",
    *(f"E{number}" for number in range(1, 22)),
    *(f"M{number}" for number in range(2, 8)),
    "R1",
    "S1",
    "E-IMPORT",
    *("W1", "W2", "W3", "D1", "A1", "A2", "G1"),
)
"""Rules of the platform, which are no law."""
UNRELATED: tuple[Message, ...] = (
    intake.PetitionRated(),
    intake.CaseLinked(other_case_id="other"),
    intake.PersonalDataRead(case_id=CASE),
    reception.VisitReceived(case_id=CASE),
    supervision.DeadlinePassed(case_id=CASE),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A case in three streams, lawful or not, with dates that never go back within a stream."""
    story = Story()
    registered(story, "2026-01-05", office=draw(st.booleans()))
    for event in draw(st.lists(st.sampled_from(PETITION_EVENTS), max_size=12)):
        story.tell(draw(days(story, f"petition-{CASE}")), event)
    if draw(st.booleans()):
        kind = ORGAN_KIND_PROCURATORATE
        sent = judicial.LitigationReferred(case_id=CASE, organ=COURT, organ_kind=kind)
        story.tell("2026-01-08", sent, "referral-1")
        for event in draw(st.lists(st.sampled_from(REFERRAL_EVENTS), max_size=4)):
            story.tell(draw(days(story, "referral-1")), event, "referral-1")
    if draw(st.booleans()):
        issued = supervision.OrderIssued(case_id=CASE, unit=HOUSING, due_date="2026-03-01")
        story.tell("2026-02-01", issued, "order-1")
        for event in draw(st.lists(st.sampled_from(ORDER_EVENTS), max_size=3)):
            story.tell(draw(days(story, "order-1")), event, "order-1")
    return story


def days(story: Story, stream: str) -> st.SearchStrategy[str]:
    """A day not before the stream's last."""
    latest = max(fact.occurred for fact in story.facts if fact.stream == stream).date()
    return st.integers(0, 25).map(lambda later: (latest + timedelta(days=later)).isoformat())


def received_later_by_evidence() -> Story:
    """A handover that is proved to have come a month after it was told."""
    story = Story()
    registered(story, "2026-01-05", office=False)
    story.tell("2026-01-05", intake.PetitionHandedOver(handover_id="h1", from_unit=OFFICE, to_unit=HOUSING))
    proved = intake.HandoverReceiptProved(handover_id="h1", unit=HOUSING, received_time=stamp("2026-02-10"))
    story.tell("2026-01-05", proved)
    return story


@st.composite
def interleavings(draw: st.DrawFn, facts: list[Fact]) -> list[Fact]:
    """The same facts with the streams mixed otherwise, each stream in its own order."""
    waiting = {
        stream: [fact for fact in facts if fact.stream == stream] for stream in {f.stream for f in facts}
    }
    mixed = []
    while waiting:
        stream = draw(st.sampled_from(sorted(waiting)))
        mixed.append(waiting[stream].pop(0))
        waiting = {name: rest for name, rest in waiting.items() if rest}
    return mixed


def unexplained(found: tuple[Clock, ...]) -> list[str]:
    """Clocks whose sentences lack the day they started, their basis, or the day they end."""
    return [clock.clock_id for clock in found if not _explained(clock)]


def _explained(clock: Clock) -> bool:
    due = clock.rolled_due or clock.raw_due
    wanted_zh = [clock.basis_zh, str(due) if due else "未载入"]
    wanted_en = [clock.basis_en, str(due) if due else "is missing"]
    return all(part in clock.why_zh for part in wanted_zh) and all(part in clock.why_en for part in wanted_en)


@given(stories(), st.data())
def test_the_order_in_which_logs_arrive_does_not_matter(story: Story, data: st.DataObject) -> None:
    mixed = data.draw(interleavings(story.facts))
    assert fold(mixed) == story.state()
    assert to_bytes(fold(mixed)) == to_bytes(story.state())
    assert clocks(fold(mixed), TIMETABLE) == clocks(story.state(), TIMETABLE)


@given(stories(), st.sampled_from(UNRELATED), st.data())
def test_unrelated_events_move_no_date(story: Story, event: Message, data: st.DataObject) -> None:
    before = clocks(story.state(), TIMETABLE)
    story.tell("2026-12-01", event, data.draw(st.sampled_from([f"petition-{CASE}", "visit-1"])))
    place = data.draw(st.integers(0, len(story.facts) - 1))
    story.facts.insert(place, story.facts.pop())
    assert clocks(story.state(), TIMETABLE) == before


@given(stories())
@example(received_later_by_evidence())
def test_later_events_never_move_or_remove_a_date_but_evidence_of_receipt_puts_it_off(story: Story) -> None:
    seen: dict[str, Dates] = {}
    state = initial()
    for fact in story.facts:
        state = evolve(state, fact)
        now = {clock.clock_id: (clock.raw_due, clock.rolled_due) for clock in clocks(state, TIMETABLE)}
        moved = {clock for clock in seen if now.get(clock) != seen[clock]}
        if isinstance(fact.event, intake.HandoverReceiptProved):  # stated by somebody else (Art. 23(3))
            moved = {clock for clock in moved if _is_sooner(now.get(clock), seen[clock])}
        assert not moved
        seen = now


def _is_sooner(now: Dates | None, then: Dates) -> bool:
    """A date that is gone counts as sooner: nobody could keep it."""
    pairs = zip(now or (None, None), then, strict=True)
    return any(before is not None and (after is None or after < before) for after, before in pairs)


@given(stories())
def test_clocks_that_go_on_from_those_before_are_those_that_are_derived_anew(story: Story) -> None:
    derived, state = DerivedClocks(), initial()
    for fact in story.facts:
        state = evolve(state, fact)
        assert derived.of(state, TIMETABLE) == clocks(state, TIMETABLE)


@given(stories())
def test_every_clock_explains_itself_and_is_named_once(story: Story) -> None:
    found = clocks(story.state(), TIMETABLE)
    assert unexplained(found) == []
    assert len({clock.clock_id for clock in found}) == len(found)
    assert all(clock.case_id == CASE for clock in found)


def test_a_clock_that_does_not_explain_itself_is_noticed() -> None:
    story = Story()
    registered(story, "2026-03-02")
    clock = story.clock("T1")
    assert unexplained((clock._replace(basis_zh="另一条"),)) == [clock.clock_id]
    assert unexplained((clock._replace(basis_en="another article"),)) == [clock.clock_id]


@given(stories())
def test_marks_come_back_from_their_bytes(story: Story) -> None:
    assert from_bytes(to_bytes(story.state())) == story.state()


@given(stories(), st.integers(0, 400))
def test_a_clock_that_has_passed_never_runs_again_by_waiting(story: Story, later: int) -> None:
    order = {1: 0, 3: 1, 5: 1}
    for clock in clocks(story.state(), TIMETABLE):
        early = clock.start_time + timedelta(days=later)
        status, after = clock.status(early), clock.status(early + timedelta(days=30))
        assert status == after or order[status] < order[after]


def test_every_event_of_the_contracts_starts_or_stops_clocks_or_is_known_not_to() -> None:
    assert set(TRANSLATIONS) | WITHOUT_CLOCKS == set(EVENT_TYPES.values())
    assert not set(TRANSLATIONS) & WITHOUT_CLOCKS


def test_an_event_that_nobody_knows_is_an_error() -> None:
    story = Story()
    registered(story, "2026-03-02")
    unknown = replace(story.facts[0], event=stamp("2026-03-02"))
    with pytest.raises(UnknownEventError):
        evolve(initial(), unknown)


def test_every_milestone_that_a_rule_names_has_its_words() -> None:
    named = {milestone for rule in RULES for milestone in rule.starts | rule.stops | rule.voids}
    assert named <= set(LABELS)
    assert set(LABELS) == set(Milestone)


def test_every_rule_has_a_basis_and_those_that_are_no_law_say_so() -> None:
    for rule in RULES:
        assert rule.basis.zh
        assert rule.basis.en
        ours = rule.id in OURS
        assert ours == rule.basis.zh.startswith("平台规则")
