"""Every kind of life goes its whole course over the public interface; the record then keeps each promise."""

import asyncio
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from huiyin.cases.v1.service_pb2 import GetCaseRequest, ListCasesRequest
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import ExplainClocksRequest
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_RUNNING
from huiyin_audit.checks.all import check_all
from huiyin_audit.checks.registered import check_listing
from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.history import History, load_from_database
from huiyin_audit.insight import compare_insight
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_audit.verify_log import verify_logs
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.policy import load_policy
from tests.mainjob.desk import Desks
from tests.mainjob.figures import at_rest
from tests.mainjob.lives import LIVES
from tests.mainjob.meetings import together
from tests.support.calling import LOGS, agency
from tests.support.courses import Lived, begun
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOLDER_OF_LATE = agency(OrganisationKind.DEPARTMENT, number=3)
REMEDIES = ("T9", "T11")
"""What is left in a closed case: the petitioner's time to ask for review."""
PAIR = ("together", "together again")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(platform: Platform, desks: Desks) -> Lived:
    lives = {course.__name__: await begun(desks) for course in LIVES}
    pair = {name: await begun(desks) for name in PAIR}
    courses = [course(lives[course.__name__]) for course in LIVES]
    await asyncio.gather(together(*pair.values()), *courses)
    await at_rest(await desks.named("auditor"))
    cases = {name: life.case_id for name, life in (lives | pair).items()}
    return Lived(cases, await _history(platform, desks))


async def _history(platform: Platform, desks: Desks) -> History:
    return await load_from_database(platform.dsns["auditor"], _logs(platform), desks.calls(), at_rest=True)


def _logs(platform: Platform) -> list[str]:
    return [platform.settings.log_name(name) for name in LOGS]


def _broken(verdicts: list[Verdict]) -> list[str]:
    findings = [finding for one in verdicts for finding in (*one.violations, *one.open_questions)]
    return [f"{finding.stream} {finding.position}: {finding.en}" for finding in findings]


def _passed(lived: Lived, course: str) -> list[DeadlinePassed]:
    """Without those withdrawn again: what was entered afterwards is late until it is entered."""
    messages = [entry.message for entry in lived.events(course)]
    withdrawn = {message.clock_id for message in messages if isinstance(message, LatenessWithdrawn)}
    passed = [message for message in messages if isinstance(message, DeadlinePassed)]
    return [message for message in passed if message.clock_id not in withdrawn]


def _late(lived: Lived, course: str) -> list[tuple[str, str]]:
    return [(clock.rule, clock.unit) for clock in _passed(lived, course) if clock.unit]


async def test_every_promise_holds_over_the_record(lived: Lived) -> None:
    verdicts = check_all(lived.history, load_policy(), datetime.now(UTC))
    assert _broken(verdicts) == []
    promises = [verdict.promise.split()[0] for verdict in verdicts]
    assert promises == ["P1", "P2", "P3", "P4", "P4", "P5", "P6", "P8", "P11", "P13", "P15"]
    assert {verdict.outcome for verdict in verdicts} == {PromiseOutcome.HOLDS}


async def test_the_logs_are_sound(platform: Platform, lived: Lived) -> None:
    report = await verify_logs(platform.dsns["auditor"], _logs(platform))
    assert [finding.en for log in report.logs for finding in log.findings] == []
    assert all(log.event_count for log in report.logs)
    assert not any(log.not_checked for log in report.logs)


@pytest.mark.parametrize("schema, folds", READ_MODELS, ids=[schema for schema, _ in READ_MODELS])
async def test_replay_equals_the_live_views(platform: Platform, lived: Lived, schema: str, folds) -> None:  # type: ignore[no-untyped-def] # folds of any state
    verdicts = await compare_models(platform.dsns["auditor"], _logs(platform), schema, folds)
    assert _broken(verdicts) == []
    assert [verdict.outcome for verdict in verdicts] == [PromiseOutcome.HOLDS] * len(folds)


async def test_what_stream_folds_show_is_what_the_timeline_gives(
    platform: Platform, lived: Lived, mode: str
) -> None:
    """In a cluster workers of their own show it, which are not at work here: it says that it is behind."""
    shown = await compare_insight(platform.dsns["auditor"], _logs(platform))
    assert _broken([shown]) == []
    assert shown.outcome is (PromiseOutcome.HOLDS if mode == "embedded" else PromiseOutcome.BEHIND)


async def test_every_case_is_listed_whatever_became_of_it(desks: Desks, lived: Lived) -> None:
    auditor = await desks.named("auditor")
    listed = await auditor.client.cases.ListCases(ListCasesRequest(page_size=500))
    assert (
        check_listing(lived.history, {case.case_id for case in listed.cases}).outcome is PromiseOutcome.HOLDS
    )


@pytest.mark.parametrize("course", [course.__name__ for course in LIVES if course.__name__ != "declined"])
async def test_a_whole_course_ends_closed_and_rated(desks: Desks, lived: Lived, course: str) -> None:
    auditor = await desks.named("auditor")
    shown = await auditor.client.cases.GetCase(GetCaseRequest(case_id=lived.cases[course]))
    assert shown.summary.status == "CLOSED"
    assert shown.summary.next_due_rule in ("", *REMEDIES)
    assert lived.types(course)["PetitionRated"] == 1


async def test_a_timeline_tells_every_event_of_the_case_in_both_languages(desks: Desks, lived: Lived) -> None:
    auditor = await desks.named("auditor")
    shown = await auditor.client.cases.GetCase(GetCaseRequest(case_id=lived.cases["split"]))
    assert {entry.event.event_id for entry in shown.entries} == {
        entry.fact.event_id for entry in lived.events("split")
    }
    assert all(entry.text_zh and entry.text_en for entry in shown.entries)


async def test_the_unit_was_late_once_and_with_nothing_but_the_answer(lived: Lived) -> None:
    assert _late(lived, "late") == [("T7", HOLDER_OF_LATE)]
    assert _late(lived, "plain") == []


async def test_a_service_entered_long_after_takes_no_day_of_the_petitioners_remedy(
    desks: Desks, lived: Lived
) -> None:
    auditor = await desks.named("auditor")
    request = ExplainClocksRequest(case_id=lived.cases["plain"])
    clocks = (await auditor.client.supervision.ExplainClocks(request)).clocks
    (remedy,) = [clock for clock in clocks if clock.rule == "T9"]
    assert (remedy.status, remedy.unit) == (CLOCK_STATUS_RUNNING, "")
    assert [clock.unit for clock in _passed(lived, "plain") if clock.rule == "T9"] == []


async def test_the_supervision_order_was_answered_and_checked(lived: Lived) -> None:
    found = lived.types("late")
    assert [found[name] for name in ("OrderIssued", "OrderAnswered", "OrderCarriedOut")] == [1, 1, 1]


async def test_the_litigation_part_went_to_court_and_came_back(lived: Lived) -> None:
    found = lived.types("split")
    assert found["PetitionRestated"] == 1
    names = {entry.message.DESCRIPTOR.name for entry in lived.history.entries("judicial")}
    assert names == {
        "LitigationReferred",
        "ReferralAcknowledged",
        "ReferralReleased",
        "ReferralConcluded",
        "ReferralHandedBack",
    }


async def test_the_resolution_took_effect_on_both_cases(lived: Lived) -> None:
    first, second = (lived.types(name) for name in PAIR)
    assert (first["ResolutionBound"], second["ResolutionBound"]) == (1, 1)
    assert (first["ResolutionItemApplied"], second["ResolutionItemApplied"]) == (1, 2)
    assert second["ResolutionTaskDone"] == 1
