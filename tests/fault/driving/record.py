"""What is recorded of a round, before anybody judges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huiyin.cases.v1.service_pb2 import ListCasesRequest
from huiyin_audit.history import History
from huiyin_audit.loading import load_from_database
from huiyin_audit.models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_audit.report import VerifyReport
from huiyin_audit.verdict import Verdict
from huiyin_audit.verify_logs import verify_logs
from tests.fault.driving.importing import Imported
from tests.fault.driving.keeper import Keeper
from tests.fault.driving.rest import auditor_dsn
from tests.fault.driving.traffic import Traffic
from tests.fault.driving.watching import Shown
from tests.mainjob.figures import LOGS


@dataclass(frozen=True, slots=True)
class Record:
    """A round as it was seen from outside, and the logs as they are afterwards.

    `broken` says in words what callers could not bring to its end, `answers` counts how questions ended.
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


async def record(keeper: Keeper, traffic: Traffic, quiet_since: datetime) -> Record:
    """Takes the record of a platform that has come to rest."""
    settings = keeper.settings
    dsn, logs = auditor_dsn(settings), [settings.log_name(name) for name in LOGS]
    replayed: list[Verdict] = []
    for schema, folds in READ_MODELS:
        replayed += await compare_models(dsn, logs, schema, folds)
    broken = [*traffic.lives.broken, *traffic.imports.broken, *keeper.gave_up]
    return Record(
        await load_from_database(dsn, logs, traffic.calls(), at_rest=True),
        quiet_since,
        traffic.imports.imported(),
        await _listed(traffic),
        traffic.watching.shown,
        traffic.watching.answers,
        broken,
        await verify_logs(dsn, logs),
        replayed,
    )


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
