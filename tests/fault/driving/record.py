"""What is recorded of a round, before anybody judges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huiyin.cases.v1.service_pb2 import ListCasesRequest
from huiyin_audit.checks.exactly_one_receipt import Exchanged
from huiyin_audit.compare.report import TopicReport
from huiyin_audit.findings import Verdict
from huiyin_audit.history import History, load_from_database, load_receipts
from huiyin_audit.insight import compare_insight
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_audit.report import VerifyReport
from huiyin_audit.verify_log import verify_logs
from tests.fault.driving.importing import Imported
from tests.fault.driving.keeper import Keeper
from tests.fault.driving.rest import auditor_dsn
from tests.fault.driving.subscribers import subscribers
from tests.fault.driving.told import Subscriber
from tests.fault.driving.traffic import Traffic
from tests.fault.driving.watching import Shown
from tests.mainjob.figures import LOGS


@dataclass(frozen=True, slots=True)
class Record:
    """A round as it was seen from outside, and the logs as they are afterwards.

    `broken` says in words what callers could not bring to its end, `answers` counts how questions ended.
    `compared` is empty where there is no Kafka.
    """

    history: History
    quiet_since: datetime
    imported: Sequence[Imported]
    listed: Sequence[str]
    shown: Sequence[Shown]
    answers: Mapping[str, int]
    broken: Sequence[str]
    verified: VerifyReport
    replayed: Sequence[Verdict]
    subscribers: Sequence[Subscriber]
    exchanged: Exchanged
    compared: Sequence[TopicReport]


async def record(keeper: Keeper, traffic: Traffic, quiet_since: datetime) -> Record:
    """Takes the record of a platform that has come to rest."""
    settings = keeper.settings
    dsn, logs = auditor_dsn(settings), [settings.log_name(name) for name in LOGS]
    replayed: list[Verdict] = []
    for schema, folds in READ_MODELS:
        replayed += await compare_models(dsn, logs, schema, folds)
    if not keeper.is_cluster:  # in a cluster nobody but Kafka knows how far the workers have come
        replayed.append(await compare_insight(dsn, logs))
    broken = [*traffic.lives.broken, *traffic.imports.broken, *traffic.publishing.broken, *keeper.gave_up]
    return Record(
        await load_from_database(dsn, logs, traffic.calls(), at_rest=True),
        quiet_since,
        traffic.imports.imported(),
        await _listed(traffic),
        traffic.watching.shown,
        sum((one.answers for one in traffic.followers), traffic.watching.answers),
        broken,
        await verify_logs(dsn, logs),
        replayed,
        await subscribers(settings, traffic),
        await _exchanged(keeper, traffic, dsn),
        await _compared(keeper, dsn, logs),
    )


async def _exchanged(keeper: Keeper, traffic: Traffic, dsn: str) -> Exchanged:
    """Messages and receipts of the agencies whose systems published, with what stands on their topics."""
    sent, all_given = traffic.publishing.sent, await load_receipts(dsn)
    given = {agency: all_given.get(agency, []) for agency in sent}
    if not keeper.is_cluster:
        return Exchanged(sent, given, {})
    # Imported here: rounds of the embedded default run without Kafka.
    from huiyin_kafka.connection import client_options
    from tests.support.agency_topics import receipts_on_topic

    topics = {
        agency: await receipts_on_topic(
            client_options(keeper.settings, f"system@{agency}"), agency, len(receipts)
        )
        for agency, receipts in given.items()
    }
    return Exchanged(sent, given, topics)


async def _compared(keeper: Keeper, dsn: str, logs: Sequence[str]) -> list[TopicReport]:
    if not keeper.is_cluster:
        return []
    from huiyin_audit.compare.run import Published, compare
    from huiyin_kafka.connection import client_options

    published = Published(logs, f"timeline@{keeper.settings.region}")
    return await compare(dsn, client_options(keeper.settings, "service@cli"), published)


async def _listed(traffic: Traffic) -> list[str]:
    """Every case that the platform lists, page by page."""
    auditor = await traffic.desks.named("auditor")
    found: list[str] = []
    question = ListCasesRequest(page_size=500)
    while True:
        answer = await auditor.call("cases", "ListCases", question)
        found += [case.case_id for case in answer.cases]
        if not answer.next_page_token:
            return found
        question.page_token = answer.next_page_token
