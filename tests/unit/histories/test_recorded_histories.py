"""What a released version wrote is read for ever: every event decodes, verifies, folds and is told."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import Finding, PromiseOutcome, Verdict
from huiyin_audit.history import History, history_of
from huiyin_audit.verify_log import verify_log
from huiyin_domain.clocks.timetable import RULES
from huiyin_domain.decider import Decider
from huiyin_domain.erasure import ERASURE
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.judicial.referral import REFERRAL
from huiyin_domain.narrative import describe
from huiyin_domain.policy import POLICY as POLICIES
from huiyin_domain.reception.centre import CENTRE, VISIT
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.supervision.lateness import LATENESS
from huiyin_domain.supervision.order import ORDER
from huiyin_kernel.codec import EVENT_TYPES, decode
from huiyin_kernel.policy import load_policy
from tests.histories import contracts, expected, folding, recording
from tests.support.folding import Memory
from tests.unit.audit.sources import ListSource

VERSIONS = recording.versions()
POLICY = load_policy()
DECIDERS: tuple[Decider[Any], ...] = (
    PETITION,
    DISCLOSURE,
    MEETING,
    VISIT,
    CENTRE,
    REFERRAL,
    ORDER,
    LATENESS,
    POLICIES,
    ERASURE,
)

pytestmark = pytest.mark.parametrize("version", VERSIONS)


async def found_in(history: History) -> list[str]:
    """What verification of the events finds."""
    sources = [ListSource(log, [entry.record for entry in entries]) for log, entries in history.logs.items()]
    return [finding.rule for source in sources for finding in (await verify_log(source)).findings]


def test_the_first_version_is_kept(version: str) -> None:
    assert VERSIONS[0] == "0.1"


def test_it_holds_every_event_type_that_its_version_knew(version: str) -> None:
    written = {entry.record.type for log in recording.history(version).logs.values() for entry in log}
    assert written == set(recording.read_json(version, recording.TYPES))


def test_every_event_type_that_it_knew_is_known_still(version: str) -> None:
    assert set(recording.read_json(version, recording.TYPES)) <= EVENT_TYPES.keys()


def test_no_field_or_value_that_was_stored_has_become_another(version: str) -> None:
    kept = recording.read_json(version, recording.CONTRACTS)
    assert contracts.broken(kept, contracts.shape()) == []


def test_a_field_that_became_another_is_found(version: str) -> None:
    kept = recording.read_json(version, recording.CONTRACTS)
    registered = "huiyin.intake.v1.PetitionRegistered"
    present = {**contracts.shape(), registered: {**kept[registered], "2": "number 5"}}
    assert contracts.broken(kept, present) == [f"{registered} 2: display_number 9 became number 5"]
    assert contracts.broken(kept, {name: kept[name] for name in kept if name != registered})


async def test_its_logs_verify(version: str) -> None:
    assert await found_in(recording.history(version)) == []


async def test_an_event_that_was_altered_is_found(version: str) -> None:
    history = recording.history(version)
    logs = {log: [entry.record for entry in entries] for log, entries in history.logs.items()}
    victim = next(log for log in logs if logs[log])
    logs[victim][0] = logs[victim][0]._replace(occurred=logs[victim][0].recorded)
    assert "HASH_WRONG" in await found_in(history_of(logs))


def test_each_case_is_shown_as_its_petition_is(version: str) -> None:
    petitions = folding.streams(version)
    for case_id, state in folding.cases(version).items():
        part, petition = state.view.intake, petitions[f"petition-{case_id}"]
        assert (part.status, part.track, part.epoch) == (petition.status, petition.track, petition.epoch)
        assert (part.responsible_unit, part.content_class) == (petition.holder, petition.content_class)
        assert part.participation == petition.participation
        assert part.accused_units == tuple(sorted(petition.accused_units))
        assert part.linked_case_ids == tuple(sorted({link.case_id for link in petition.links}))
        assert part.filing.division == petition.registration.division
        assert part.referral_id == (petition.referral.referral_id if petition.referral else "")


def test_each_stream_is_what_its_decider_makes_of_it(version: str) -> None:
    categories = {stream.partition("-")[0] for stream in folding.streams(version)}
    assert categories == folding.DECIDERS.keys()


def test_every_event_is_told_in_both_languages(version: str) -> None:
    for entry in folding.as_recorded(recording.history(version)):
        zh, en = describe(entry.message, POLICY.directory, POLICY.codes)
        assert zh
        assert en
        assert zh != en


def test_every_event_of_a_case_has_one_place_in_its_timeline(version: str) -> None:
    timeline = folding.timeline(version)
    history = recording.history(version)
    placed = [
        (entry.fact.log, entry.fact.position, one.case_id)
        for one, entry in timeline.entries
        if not one.catch_up
    ]
    owed = [
        (entry.fact.log, entry.fact.position, case_id)
        for entry in folding.as_recorded(history)
        for case_id in dict.fromkeys(filter(None, entry.fact.case_ids))
    ]
    assert sorted(placed) == sorted(owed)
    assert timeline.held == 0


def test_the_timeline_does_not_depend_on_which_log_is_read_first(version: str) -> None:
    by_log = folding.timeline_read_log_by_log(version)
    assert by_log.keys() == folding.timeline(version).order().keys()
    assert [sorted(one) for one in by_log.values()] == [
        sorted(folding.timeline(version).order()[case_id]) for case_id in by_log
    ]


def test_stream_folds_show_the_same_when_every_entry_comes_twice(version: str) -> None:
    records = list(folding.records(version))
    doubled = [record for record in records for _ in range(2)]
    assert Memory().take(doubled).displayed() == folding.shown(version).displayed()


@pytest.mark.parametrize("name", expected.KEPT)
def test_what_it_came_to_is_what_it_comes_to(version: str, name: str) -> None:
    assert expected.changed(version, name) == [], (
        "the same events are judged otherwise than when they were kept: lasting.json must never change;"
        " judged.json is renewed with a reason (tests/histories/README.md)"
    )


def test_something_else_than_what_is_kept_is_named(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def otherwise(version: str) -> dict[str, Any]:
        return {**expected.lasting(version), "streams": {}}

    monkeypatch.setitem(expected.KEPT, "lasting.json", otherwise)
    assert any(one.startswith("/streams/petition:") for one in expected.changed(version, "lasting.json"))


def test_every_promise_holds_over_it(version: str) -> None:
    history = recording.history(version)
    as_of = max(entry.fact.recorded for entry in folding.as_recorded(history))
    found = [one for verdict in check_all(history, POLICY, as_of) for one in owed(version, verdict)]
    assert found == []


def owed(version: str, verdict: Verdict) -> list[Finding]:
    """What speaks against a promise; no version could say the passing of a clock whose rule came later."""
    known = recording.read_json(version, recording.RULES)
    later = tuple(f" {rule.id}:" for rule in RULES if rule.id not in known)
    found = (*verdict.violations, *verdict.open_questions)
    return [
        one for one in found if one.rule != "LATE_IN_SILENCE" or not any(rule in one.en for rule in later)
    ]


def test_a_promise_that_is_broken_in_it_is_found(version: str) -> None:
    history = recording.history(version)
    kept = [
        entry for entry in history.logs["supervision@990000"] if "DeadlinePassed" not in entry.record.type
    ]
    silent = replace(history, logs={**history.logs, "supervision@990000": tuple(kept)})
    as_of = max(entry.fact.recorded for entry in folding.as_recorded(history))
    broken = [one for one in check_all(silent, POLICY, as_of) if one.outcome is PromiseOutcome.BROKEN]
    assert [one.promise for one in broken if owed(version, one)] == ["P5 nothing late in silence"]


def test_no_event_changes_the_state_that_it_is_folded_onto(version: str) -> None:
    deciders = {one.category: one for one in DECIDERS}
    states: dict[str, Any] = {}
    for log in recording.history(version).logs.values():
        for entry in log:
            stream, decider = entry.record.stream, deciders[entry.record.stream.partition("-")[0]]
            state = states.get(stream, decider.initial())
            before = deepcopy(state)
            states[stream] = decider.evolve(state, decode(entry.record))
            assert state == before, entry.record.type
    assert {stream.partition("-")[0] for stream in states} <= deciders.keys()
    assert len(states) > len(deciders)
