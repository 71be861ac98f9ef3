"""The client for agencies over gRPC: follows cases, publishes, reads receipts, calls and goes on."""

import asyncio
import re
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from examples.agency import run
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest, AcceptPetitionResponse, GetPetitionRequest
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_client import (
    Agency,
    CallError,
    Config,
    ConfigError,
    MessageIdReusedError,
    NoAnswerError,
    event_of,
    is_accepted,
    new_message,
    response_of,
)
from huiyin_client.grpc_link import GrpcLink
from huiyin_domain.directory import OrganisationKind
from huiyin_launcher.embedded.claim import free_port
from tests.house.tree import ROOT
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    COUNTY,
    COURT,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    agency,
    claim,
    handed_over,
    registered,
)
from tests.support.clients import config_of
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUREAU = agency(OrganisationKind.DEPARTMENT, COUNTY)


def names(entries: list[CaseEvent]) -> list[str]:
    return [event_of(entry).DESCRIPTOR.name for entry in entries]


async def test_the_example_has_the_whole_conversation(platform: Platform, desks: Desks) -> None:
    case_id, said = await handed_over((await desks.at(OFFICE)).client, HOUSING), list[str]()

    def converse() -> None:
        with Agency(config_of(platform, HOUSING)) as agency:
            run(agency, said.append)

    await asyncio.wait_for(asyncio.to_thread(converse), 60)
    results = [line.strip().partition(":") for line in said if line.startswith("  ")]
    assert [command for command, _, _ in results] == [
        "AcceptPetitionRequest",
        "NotifyReceiptRequest",
        "IssueOpinionRequest",
        "ServeOpinionRequest",
    ]
    assert all(result.startswith(" event ") for _, _, result in results)
    assert said[-1].endswith("OpinionServed")
    auditor = (await desks.named("auditor")).client
    petition = (await auditor.intake.GetPetition(GetPetitionRequest(case_id=case_id))).petition
    assert (petition.responsible_unit, petition.epoch) == (HOUSING, 2)


async def test_each_event_comes_once_and_a_system_goes_on_where_it_was(
    platform: Platform, desks: Desks, tmp_path: Path
) -> None:
    office, config = (await desks.at(OFFICE)).client, config_of(platform, LABOUR, tmp_path / "journal")

    def seen(count: int) -> list[CaseEvent]:
        with Agency(config) as agency:
            return list(islice(agency.cases(), count))

    case_id = await handed_over(office, LABOUR)
    first = await asyncio.to_thread(seen, 3)
    assert names(first) == ["PetitionRegistered", "PetitionClassified", "PetitionHandedOver"]
    await handed_over(office, LABOUR)
    again = await asyncio.to_thread(seen, 4)
    assert again[0] == first[2]  # nobody had asked for the next one: it was not yet dealt with
    numbers = [(entry.case_id, entry.number) for entry in [*first, *again[1:]]]
    assert len(set(numbers)) == 6
    assert {entry.case_id for entry in first} == {case_id}


async def test_what_is_there_now_comes_without_following(platform: Platform, desks: Desks) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, LAND)

    def seen() -> list[CaseEvent]:
        with Agency(config_of(platform, LAND)) as agency:
            return list(agency.cases(follow=False))

    async with asyncio.timeout(30):
        while case_id not in {entry.case_id for entry in await asyncio.to_thread(seen)}:
            await asyncio.sleep(0.1)


async def test_the_same_answer_to_the_same_event_happens_once(platform: Platform, desks: Desks) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, COURT)
    because = CaseEvent(case_id=case_id, number=3)
    command = AcceptPetitionRequest(case_id=case_id, epoch=1)

    def converse() -> None:
        with Agency(config_of(platform, COURT)) as agency:
            first = agency.publish(command, "03-0117", because)
            assert is_accepted(first)
            assert agency.publish(command, "03-0117", because) == first
            response = response_of(first)
            assert isinstance(response, AcceptPetitionResponse)
            assert response.epoch == 2
            another = agency.publish(command, "03-0117")
            assert (is_accepted(another), another.receipt.event_count) == (True, 0)
            assert [one.number for one in agency.receipts()] == [1, 2]
            with pytest.raises(MessageIdReusedError) as caught:
                agency.publish(command, "03-0118", because)
            assert caught.value.receipt == first

    await asyncio.to_thread(converse)


async def test_what_was_not_answered_is_published_again_after_a_crash(
    platform: Platform, desks: Desks, tmp_path: Path
) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, CENTRE)
    config = config_of(platform, CENTRE, tmp_path / "journal")
    nobody = {**config.services, "exchange": f"127.0.0.1:{free_port()}"}
    away = replace(config, services=nobody, publish_seconds=0.5)

    def converse() -> None:
        with Agency(away) as agency, pytest.raises(NoAnswerError):
            agency.publish(AcceptPetitionRequest(case_id=case_id, epoch=1), "03-0117")
        with Agency(config) as agency:
            (receipt,) = agency.publish_waiting()
            assert is_accepted(receipt)
            assert agency.publish_waiting() == []
            assert list(agency.receipts()) == [receipt]

    await asyncio.to_thread(converse)


async def test_every_other_call_is_there_too_with_an_officers_token(platform: Platform, desks: Desks) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, HOUSING)
    token = platform.settings.paths.identity / "tokens" / f"officer@{HOUSING}.jwt"

    def converse() -> None:
        with Agency(config_of(platform, HOUSING, token=token)) as agency:
            request = GetPetitionRequest(case_id=case_id)
            assert agency.call.intake.GetPetition(request, timeout=10).petition.case_id == case_id
            accepted = AcceptPetitionRequest(case_id=case_id, epoch=1)
            accepted.info.request_id = new_message(accepted).message_id
            assert agency.call.intake.AcceptPetition(accepted, timeout=10).epoch == 2

    await asyncio.to_thread(converse)


async def test_a_refused_stream_says_why(platform: Platform) -> None:
    def converse() -> None:
        with Agency(config_of(platform, HOUSING)) as agency:
            link = GrpcLink(agency.call)
            with pytest.raises(CallError) as caught:
                list(link.receipts(10_000, follow=False))
            assert caught.value.reason == "POSITION_OUT_OF_BOUNDS"
            assert caught.value.facts["position"].isdecimal()

    await asyncio.to_thread(converse)


async def test_a_configuration_is_read_and_its_faults_are_named(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "agency.toml"
    text = 'agency = "A"\nauthority = "ca.crt"\ncertificate = "a.crt"\nkey = "a.key"\njournal = "a.journal"\n'
    file.write_text(f'{text}kafka = "k:1"\n[services]\nexchange = "x:7106"\n')
    config = Config.read(file)
    assert (config.authority, config.journal) == (tmp_path / "ca.crt", tmp_path / "a.journal")
    assert (config.kafka, config.address("exchange")) == ("k:1", "x:7106")
    with pytest.raises(ConfigError, match="does not name intake"):
        config.address("intake")
    for wrong, said in (
        (f"{text}[services]\nnobody = 'x:1'\n", "no such service"),
        ("agency = 1", "missing"),
    ):
        file.write_text(wrong)
        with pytest.raises(ConfigError, match=said):
            Config.read(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.read(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="no platform"):
        Config.of_home(tmp_path, HOUSING)


async def test_what_an_event_says_is_its_own_message(platform: Platform, desks: Desks) -> None:
    await handed_over((await desks.at(OFFICE)).client, LAND)

    def seen() -> CaseEvent:
        with Agency(config_of(platform, LAND)) as agency:
            return next(iter(agency.cases()))

    filed = event_of(await asyncio.wait_for(asyncio.to_thread(seen), 30))
    assert isinstance(filed, events.PetitionRegistered)


async def test_the_program_on_the_page_about_agencies_runs(
    platform: Platform, desks: Desks, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "agencies.md").read_text(encoding="utf-8")
    program, _ = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "agency.toml").write_text(of_this_platform(settings, platform, BUREAU))
    case_id = await handed_over((await desks.at(OFFICE)).client, BUREAU)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", program, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip() == "True"
    finally:
        process.kill()
        await process.wait()
    auditor = (await desks.named("auditor")).client
    petition = (await auditor.intake.GetPetition(GetPetitionRequest(case_id=case_id))).petition
    assert petition.responsible_unit == BUREAU


def of_this_platform(settings: str, platform: Platform, unit: str) -> str:
    """The page's settings with this platform's places in them, and without Kafka."""
    config = config_of(platform, unit)
    ours = {name: getattr(config, name) for name in ("agency", "authority", "certificate", "key")}
    ours |= {name: config.address(name) for name in ("exchange", "streams", "intake")}
    lines = [line for line in settings.splitlines() if not line.startswith("kafka")]
    named = [(line.partition(" = ")[0], line) for line in lines]
    return "\n".join(f'{name} = "{ours[name]}"' if name in ours else line for name, line in named)


async def test_the_lines_on_the_page_that_send_many_commands_run(
    platform: Platform, desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "agencies.md").read_text(encoding="utf-8")
    _, lines = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    office = (await desks.at(OFFICE)).client
    commands = [claim(await registered(office)), claim("0192c3a4-7b1e-7def-8abc-0123456789ab")]

    def run() -> None:
        with Agency(config_of(platform, OFFICE, token=office.profile.token)) as agency:
            exec(lines, {"agency": agency, "commands": commands})

    await asyncio.to_thread(run)
    position, refused = capsys.readouterr().out.splitlines()
    assert int(position) > 0
    assert refused.startswith("NO_SUCH_CASE")
