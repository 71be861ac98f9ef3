"""更正登记 over the services: what is put right, who reads old and new, and what follows from it."""

from datetime import timedelta
from typing import Any

import pytest

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import load_from_database
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_cli.client import Client
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import instant, timestamp
from huiyin_kernel.policy import load_policy
from tests.mainjob.desk import Desks
from tests.mainjob.lives import PETITIONERS
from tests.support.calling import (
    COUNTY,
    HOUSING,
    LOGS,
    OFFICE,
    claim,
    filing,
    handover,
    info,
    person,
    refusal,
    text,
)
from tests.support.platform import Platform, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = person(name="欧阳测试", phone="13800001234"), person(name="欧阳更正", phone="13800001235")
WORDS, RIGHT = "小区路灯不亮，已三个月", "小区路灯不亮，已三年"
NOW = SystemClock().now()


async def _filed(client: Client) -> intake.RegisterPetitionResponse:
    answer: intake.RegisterPetitionResponse = await client.intake.RegisterPetition(
        filing(petitioner=OLD, content=text(WORDS), subject=text("路灯"))
    )
    return answer


async def _correct(
    client: Client, case_id: str, late: str = "", **fields: Any
) -> intake.CorrectRegistrationResponse:
    """Reads the case, and corrects these fields of what was read."""
    found = (await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))).petition
    request = intake.CorrectRegistrationRequest(
        info=info(late=late),
        case_id=case_id,
        epoch=found.epoch,
        registration_version=found.registration_version,
        reasons=text("原件如此"),
        fields=[*fields],
        **fields,
    )
    answer: intake.CorrectRegistrationResponse = await client.intake.CorrectRegistration(request)
    return answer


async def _read(client: Client, case_id: str, *purposes: str) -> list[tuple[str, str]]:
    request = intake.ReadPersonalDataRequest(
        info=info(), case_id=case_id, purposes=purposes, ground="handling"
    )
    fields = (await client.intake.ReadPersonalData(request)).fields
    return [(one.purpose, one.clear.text or one.clear.person.name) for one in fields]


async def test_only_what_differs_is_put_right_though_all_of_it_is_given(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    case_id = (await _filed(client)).case_id
    given: dict[str, Any] = {
        "petitioner": NEW,
        "subject": text("路灯"),
        "content": text(WORDS),
        "channel": "web",
    }
    answer = await _correct(client, case_id, **given)
    assert (list(answer.fields), answer.receipt.event_count) == (["petitioner"], 1)
    again = await _correct(client, case_id, **given)
    assert (list(again.fields), again.receipt.event_count) == ([], 0)


async def test_what_stands_there_already_is_no_correction_and_no_fault(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    case_id = (await _filed(client)).case_id
    answer = await _correct(client, case_id, petitioner=OLD, content=text(WORDS))
    assert (list(answer.fields), answer.receipt.event_count) == ([], 0)
    assert list((await _correct(client, case_id, petitioner=NEW, content=text(WORDS))).fields) == [
        "petitioner"
    ]


async def test_the_same_request_again_is_answered_as_the_first_time(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    case_id = (await _filed(client)).case_id
    request = intake.CorrectRegistrationRequest(
        info=info(),
        case_id=case_id,
        epoch=1,
        reasons=text("原件如此"),
        fields=["subject"],
        subject=text("灯"),
    )
    first = await client.intake.CorrectRegistration(request)
    again = await client.intake.CorrectRegistration(request)
    assert (again.receipt.position, again.receipt.repeated, again.fields) == (
        first.receipt.position,
        True,
        first.fields,
    )


async def test_who_may_read_personal_data_reads_old_and_new_and_of_texts_the_new_alone(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING)).client
    case_id = (await _filed(office)).case_id
    await office.intake.ClassifyPetition(claim(case_id))
    await office.intake.HandOverPetition(handover(case_id, HOUSING))
    await _correct(office, case_id, petitioner=NEW, content=text(RIGHT))
    both = [("petitioner", "欧阳测试"), ("petitioner", "欧阳更正")]
    texts = [("content", WORDS), ("content", RIGHT)]
    assert [one for one in await _read(housing, case_id, "petitioner", "content") if one in both + texts] == [
        both[0],
        both[1],
        texts[1],
    ]
    assert set(await _read(office, case_id, "content")) == set(texts)
    assert ("reasons", "原件如此") in await _read(housing, case_id, "reasons")


async def test_case_clocks_and_petitioner_have_the_record_as_it_stands_now(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    filed, received = await _filed(client), NOW - timedelta(days=30)
    await _correct(client, filed.case_id, received_time=timestamp(received), division=COUNTY)

    async def shown() -> bool:
        listed = (await client.cases.ListCases(cases.ListCasesRequest(page_size=100))).cases
        found = [one for one in listed if one.case_id == filed.case_id]
        return [(one.division, instant(one.received_time)) for one in found] == [(COUNTY, received)]

    await eventually(shown, "the case is shown as it was put right")
    portal = (await desks.named(PETITIONERS)).client
    request = intake.FollowPetitionRequest(case_id=filed.case_id, query_code=filed.query_code, source="desk")
    told = await portal.intake.FollowPetition(request)
    assert (told.division, instant(told.received_time)) == (COUNTY, received)
    assert [(one.milestone, list(one.fields)) for one in told.corrections] == [
        (1, ["received_time", "division"])
    ]


async def test_a_later_day_of_receipt_is_the_heads_to_send(desks: Desks) -> None:
    client, head = (await desks.at(OFFICE)).client, (await desks.named(f"head@{OFFICE}")).client
    case_id = (await _filed(client)).case_id
    await _correct(client, case_id, received_time=timestamp(NOW - timedelta(days=30)))
    later: dict[str, Any] = {"received_time": timestamp(NOW - timedelta(days=3))}
    assert (await refusal(_correct(client, case_id, **later))).reason == "LATE_ENTRY_REQUIRED"
    assert (await refusal(_correct(client, case_id, "邮戳", **later))).reason == "HEAD_REQUIRED"
    assert list((await _correct(head, case_id, "邮戳", **later)).fields) == ["received_time"]


async def test_the_promises_hold_over_what_was_put_right_and_replay_is_exact(
    platform: Platform, desks: Desks
) -> None:
    client, head = (await desks.at(OFFICE)).client, (await desks.named(f"head@{OFFICE}")).client
    case_id = (await _filed(client)).case_id
    early, later = timestamp(NOW - timedelta(days=40)), timestamp(NOW - timedelta(days=2))
    await _correct(client, case_id, received_time=early, division=COUNTY, content_class="")
    await _correct(head, case_id, "邮戳", received_time=later, anonymous=True, petitioner=NEW)
    dsn, logs = platform.dsns["auditor"], [f"{name}@{platform.settings.region}" for name in LOGS]

    async def exact() -> bool:
        found = [
            one
            for schema, folds in READ_MODELS
            for one in await compare_models(dsn, logs, schema=schema, folds=folds)
        ]
        return {one.outcome for one in found} == {PromiseOutcome.HOLDS}

    await eventually(exact, "replay is exact up to the end of every log")
    verdicts = check_all(await load_from_database(dsn, logs), load_policy())
    assert [finding.en for one in verdicts for finding in one.violations] == []
