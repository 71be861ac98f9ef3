"""A round of faults on the whole cluster, three brokers, relays and workers included, breaks no promise."""

import asyncio
from dataclasses import replace

import pytest

from huiyin_audit.findings import AuditRule, FindingPlace
from huiyin_audit.report import verdict_lines
from tests.fault.driving.judging import judge, sound
from tests.fault.driving.plan import Kind
from tests.fault.driving.rounds import Round, run_round
from tests.support.kafka import runtime

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1000)]

SEED, FAULTS = 54, 7
"""A seed whose faults hit two brokers, the database, a worker, a service, and make a relay a zombie."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """One short round, for all tests of this file."""
    runtime()
    return asyncio.run(run_round(SEED, tmp_path_factory.mktemp("cluster-round"), FAULTS, cluster=True))


def test_no_promise_is_broken_by_a_round_of_faults_on_a_cluster(done: Round) -> None:
    verdicts = judge(done.record)
    assert sound(verdicts), "\n".join(verdict_lines(verdicts, "en"))


def test_the_round_hit_what_only_a_cluster_has_while_it_was_at_work(done: Round) -> None:
    hit = {one.fault.kind for one in done.injected if one.hit}
    assert {Kind.KILL_BROKER, Kind.STOP_BROKER, Kind.FREEZE_RELAY, Kind.KILL_WORKER} <= hit
    on_kafka = [one for one in done.record.subscribers if not one.across_cases]
    assert on_kafka
    assert all(one.told for one in on_kafka)
    assert any(done.record.exchanged.topics.values())
    assert all(topic.record_count for topic in done.record.compared)


def test_a_record_that_kafka_and_the_store_do_not_share_makes_the_round_unsound(done: Round) -> None:
    first, *rest = done.record.compared
    finding = AuditRule("PLANTED", "植入", "planted").at(FindingPlace(first.source, 1))
    planted = replace(first, findings=(finding,), finding_count=1)
    assert not sound(judge(replace(done.record, compared=[planted, *rest])))
