"""A report reads in Chinese and in English, names the first bad position, and is plain data for machines."""

import json
import string
from dataclasses import replace
from types import ModuleType

import pytest

from huiyin.intake.v1.events_pb2 import PetitionNotAccepted
from huiyin_audit import live_models, timeline_rules, verify_rules
from huiyin_audit.checks import (
    bound_is_bound,
    clocks_follow_events,
    kept,
    kept_receipts,
    lawful_moves,
    nothing_late,
    one_holder,
    one_track,
    registered,
    walls,
)
from huiyin_audit.findings import AuditRule, FindingPlace, Language
from huiyin_audit.report import LogReport, VerifyReport, report_json, verdict_lines, verify_lines
from huiyin_audit.verify_log import verify_log
from tests.unit.audit.book import changed, told, written
from tests.unit.audit.legal_story import INTAKE, legal_story
from tests.unit.audit.sources import ListSource

EVENTS = written(legal_story()).logs[INTAKE]
MODULES: list[ModuleType] = [
    verify_rules,
    timeline_rules,
    bound_is_bound,
    clocks_follow_events,
    kept,
    kept_receipts,
    lawful_moves,
    nothing_late,
    one_holder,
    one_track,
    registered,
    live_models,
    walls,
]


async def report(*, sound: bool) -> VerifyReport:
    events = EVENTS if sound else [*EVENTS[:4], EVENTS[4]._replace(data=b""), *EVENTS[5:]]
    return VerifyReport((await verify_log(ListSource(INTAKE, events)),))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_sound_log_is_said_to_be_sound_in_both_languages(language: Language) -> None:
    first, second, third = verify_lines(await report(sound=True), language)
    assert INTAKE in first
    assert str(len(EVENTS)) in first
    assert ("未核对" if language == "zh" else "not checked") in second
    assert ("时间线：未核对" if language == "zh" else "timeline: not checked") in third


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_timeline_is_spoken_of_in_both_languages(language: Language) -> None:
    found = timeline_rules.EVENT_TWICE.at(FindingPlace("timeline", 7), log=INTAKE, position=3)
    timeline = LogReport("timeline", 12, 2, 12, None)
    sound = VerifyReport((), timeline)
    unsound = VerifyReport((), replace(timeline, findings=(found,), finding_count=2))
    assert (sound.sound, unsound.sound) == (True, False)
    (line,) = verify_lines(sound, language)
    assert ("12 条" if language == "zh" else "12 entries") in line
    headline, finding, more = verify_lines(unsound, language)
    assert ("2 处" if language == "zh" else "2 findings") in headline
    assert finding.startswith("  timeline 7 EVENT_TWICE: ")
    assert "1" in more


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_altered_event_is_named_in_both_languages(language: Language) -> None:
    lines = list(verify_lines(await report(sound=False), language))
    assert "5" in lines[0]
    assert lines[1].startswith(f"  {INTAKE} 5 {EVENTS[4].stream} HASH_WRONG: ")


async def test_findings_beyond_the_kept_ones_are_counted() -> None:
    bent = [event._replace(meta=b"") for event in EVENTS]
    lines = list(verify_lines(VerifyReport((await verify_log(ListSource(INTAKE, bent), kept_max=2),)), "en"))
    assert f"... and {len(EVENTS) - 2} more" in lines[3]


async def test_the_report_for_machines_is_json() -> None:
    data = json.loads(json.dumps(report_json(await report(sound=False))))
    assert data["sound"] is False
    assert data["logs"][0]["first_bad_position"] == 5
    assert data["logs"][0]["findings"][0]["rule"] == "HASH_WRONG"


def test_verdicts_read_with_what_speaks_against_them() -> None:
    broken = registered.check(told(changed(legal_story(), PetitionNotAccepted, remedy=None)))
    lines = list(verdict_lines([broken], "zh"))
    assert lines[0] == "P1 registered: 被违反"
    assert "NON_ACCEPTANCE_UNACCOUNTED" in lines[1]


def test_every_rule_asks_for_the_same_facts_in_both_languages() -> None:
    for module in MODULES:
        for rule in vars(module).values():
            if isinstance(rule, AuditRule) and rule.name != "UNLAWFUL_MOVE":
                assert _facts(rule.zh) == _facts(rule.en), rule.name


def _facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
