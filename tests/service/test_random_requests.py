"""Whatever is asked, by whomever, gets an answer or a reason: no request makes a service fail."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc import StatusCode, aio

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.insight.v1 import service_pb2 as insight
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import load_from_database
from huiyin_kernel.policy import load_policy
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    COURT,
    HOUSING,
    LABOUR,
    LAND,
    LOGS,
    OFFICE,
    as_refused,
    handed_over,
    registered,
)
from tests.support.platform import Platform
from tests.support.random_requests import Requests

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED, ROUNDS = 20_220_501, 15
CONTRACTS = {
    "intake": intake,
    "cases": cases,
    "reception": reception,
    "judicial": judicial,
    "supervision": supervision,
    "insight": insight,
}
CALLERS = (
    *(f"officer@{unit}" for unit in (OFFICE, OFFICE, HOUSING, CENTRE, COURT)),
    f"head@{OFFICE}",
    f"system@{OFFICE}",
    "supervisor",
    "auditor",
    "service@console",
)
TEXTS: Mapping[str, Sequence[str]] = {
    "": (OFFICE, OFFICE, HOUSING, LABOUR, COURT, CENTRE),
    "accused_units": (LAND,),
    "centre": (CENTRE,),
    "channel": ("web", "letter", "visit"),
    "content_class": ("",),
    "display_number": ("", "HY990100"),
    "division": ("990100", "990101"),
    "due_date": ("", "2026-12-30"),
    "from_month": ("", "2026-03"),
    "ground": ("handling", "review"),
    "names": ("accepted_in_time", "objected"),
    "person_reference": ("", "r"),
    "purpose": ("",),
    "purposes": ("content", "petitioner"),
    "query_code": ("x",),
    "status": ("", "ACCEPTED"),
    "to_month": ("", "2026-12"),
}
REFUSED = {
    StatusCode.INVALID_ARGUMENT,
    StatusCode.FAILED_PRECONDITION,
    StatusCode.ABORTED,
    StatusCode.PERMISSION_DENIED,
    StatusCode.NOT_FOUND,
}


def _methods() -> list[tuple[str, MethodDescriptor]]:
    return [
        (name, method)
        for name, contract in CONTRACTS.items()
        for service in contract.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]


async def _asked(desks: Desks, requests: Requests, service: str, method: MethodDescriptor) -> str:
    """The reason for which a random request was refused; OK when it was answered."""
    client = (await desks.named(requests.random.choice(CALLERS))).client
    request: Message = requests.message(method.input_type)
    try:
        requests.learn(await getattr(getattr(client, service), method.name)(request))
    except aio.AioRpcError as error:
        refused = as_refused(error)
        assert refused.code in REFUSED, f"{method.name}: {refused} for {request}"
        assert refused.reason
        assert refused.message.startswith(f"{refused.reason}: ")
        return refused.reason
    return "OK"


async def test_no_request_makes_a_service_fail_or_the_record_break_a_promise(
    platform: Platform, desks: Desks, caplog: pytest.LogCaptureFixture
) -> None:
    office = (await desks.at(OFFICE)).client
    known = [await registered(office), await registered(office), await handed_over(office, HOUSING)]
    requests, reasons = Requests(SEED, known, TEXTS), Counter[str]()
    for _ in range(ROUNDS):
        for service, method in _methods():
            reasons[await _asked(desks, requests, service, method)] += 1
    logs = [platform.settings.log_name(name) for name in LOGS]
    history = await load_from_database(platform.dsns["auditor"], logs)
    broken = [one for one in check_all(history, load_policy()) if one.outcome is PromiseOutcome.BROKEN]
    assert broken == []
    ours = [record for record in caplog.records if not record.name.startswith("kafka.")]
    assert [record for record in ours if record.levelno >= logging.ERROR] == []
    assert reasons["OK"] > 0
    assert len(reasons) > 20
