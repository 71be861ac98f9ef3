"""Clients that others wrote get along with nothing but an address, a certificate and a token."""

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from google.rpc.error_details_pb2 import ErrorInfo

from huiyin_kernel.identity.profiles import ClientProfile, find_profile
from huiyin_kernel.settings import SERVICE_NAMES, ServiceName
from tests.mainjob.desk import Desks
from tests.support import outside_client
from tests.support.calling import HOUSING, OFFICE, info, registered
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS_MAX = 30.0
BUF = Path(sys.executable).with_name("buf")
FEED, COMMANDS = "huiyin.feed.v1.FeedService", "huiyin.command.v1.CommandService"
OWN_SERVICES = {
    "intake": {"huiyin.intake.v1.IntakeService", FEED, COMMANDS},
    "reception": {"huiyin.reception.v1.ReceptionService", FEED, COMMANDS},
    "judicial": {"huiyin.judicial.v1.JudicialService", FEED, COMMANDS},
    "supervision": {"huiyin.supervision.v1.SupervisionService", FEED, COMMANDS},
    "streams": {"huiyin.cases.v1.CaseService"},
    "exchange": {"huiyin.exchange.v1.ExchangeService", "huiyin.dead.v1.DeadLetterService"},
}


def _profile(platform: Platform, name: str) -> ClientProfile:
    return find_profile(platform.settings.paths.identity, name)


async def _run(*command: object, given: str = "", **environment: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a program."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    output, errors = await asyncio.wait_for(process.communicate(given.encode()), SECONDS_MAX)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


class Curl:
    """`buf curl` as a profile."""

    def __init__(self, platform: Platform, profile: str, cache: Path) -> None:
        self._platform, self._profile, self._cache = platform, _profile(platform, profile), cache

    async def __call__(self, service: ServiceName, path: str, *options: str) -> tuple[int, str, str]:
        found = self._profile
        identity = ("--cacert", found.authority, "--cert", found.certificate, "--key", found.key)
        headers = [part for name, value in found.call_metadata() for part in ("-H", f"{name}: {value}")]
        url = f"https://{self._platform.settings.addresses.of(service)}{path}"
        command = (BUF, "curl", "--protocol", "grpc", *identity, *headers, *options, url)
        return await _run(*command, HOME=str(self._cache), BUF_CACHE_DIR=str(self._cache))


@pytest.fixture
def curl(platform: Platform, tmp_path: Path) -> Curl:
    return Curl(platform, f"officer@{OFFICE}", tmp_path)


@pytest.mark.parametrize("service", SERVICE_NAMES)
async def test_buf_curl_lists_what_a_service_offers(curl: Curl, service: ServiceName) -> None:
    status, output, errors = await curl(service, "", "--list-services")
    assert status == 0, errors
    assert OWN_SERVICES[service] | {"grpc.health.v1.Health"} <= set(output.split())


async def test_buf_curl_registers_and_reads_a_petition(curl: Curl) -> None:
    filing = {
        "info": {"request_id": info().request_id},
        "channel": "letter",
        "division": "990100",
        "content": {"clear": {"text": "来信反映路灯不亮"}},
    }
    path = "/huiyin.intake.v1.IntakeService"
    status, output, errors = await curl("intake", f"{path}/RegisterPetition", "-d", json.dumps(filing))
    assert status == 0, errors
    case = {"case_id": json.loads(output)["caseId"]}
    status, output, errors = await curl("intake", f"{path}/GetPetition", "-d", json.dumps(case))
    assert status == 0, errors
    petition = json.loads(output)["petition"]
    assert petition["status"] == "PETITION_STATUS_REGISTERED"
    assert petition["responsibleUnit"] == OFFICE


async def test_buf_curl_sends_commands_over_one_call(curl: Curl, desks: Desks) -> None:
    case_id = await registered((await desks.at(OFFICE)).client)
    command = {
        "@type": "type.googleapis.com/huiyin.intake.v1.ClassifyPetitionRequest",
        "info": {"requestId": info().request_id},
        "caseId": case_id,
        "epoch": 1,
        "petitionClass": "PETITION_CLASS_CLAIM",
        "route": "ROUTE_PETITION",
        "track": "TRACK_ADMINISTRATIVE",
        "reasons": {"clear": {"text": "按来件内容甄别"}},
    }
    sent = "".join(json.dumps({"number": number, "command": command}) for number in (1, 2))
    status, output, errors = await curl("intake", f"/{COMMANDS}/SendCommands", "-d", sent)
    assert status == 0, errors
    answers = [json.loads(one) for one in output.replace("}\n{", "}\0{").split("\0")]
    assert {answer["number"] for answer in answers} == {"1", "2"}, output
    assert all("response" in answer for answer in answers), output
    assert {answer["response"]["receipt"]["stream"] for answer in answers} == {f"petition-{case_id}"}


async def test_buf_curl_shows_why_a_call_was_refused(
    platform: Platform, desks: Desks, tmp_path: Path
) -> None:
    case = {"case_id": await registered((await desks.at(OFFICE)).client)}
    curl = Curl(platform, f"officer@{HOUSING}", tmp_path)
    path = "/huiyin.intake.v1.IntakeService/GetPetition"
    status, _, errors = await curl("intake", path, "-d", json.dumps(case))
    refused: dict[str, Any] = json.loads(errors)
    detail = refused["details"][0]
    info_of = ErrorInfo.FromString(base64.b64decode(detail["value"] + "=="))
    assert status != 0
    assert refused["code"] == "not_found"
    assert refused["message"].startswith("NO_SUCH_CASE: there is no such case here")
    assert detail["type"] == "google.rpc.ErrorInfo"
    assert (info_of.reason, info_of.domain, dict(info_of.metadata)) == ("NO_SUCH_CASE", "huiyin", {})


async def test_buf_curl_reads_what_is_in_an_event(curl: Curl, desks: Desks) -> None:
    case_id = await registered((await desks.at(OFFICE)).client)
    request = json.dumps({"case_ids": [case_id], "until_caught_up": True})
    status, output, errors = await curl("intake", "/huiyin.feed.v1.FeedService/Subscribe", "-d", request)
    assert status == 0, errors
    payload = json.loads(output)["event"]["payload"]
    assert payload["@type"].endswith("huiyin.intake.v1.PetitionRegistered")
    assert (payload["caseId"], payload["unit"]) == (case_id, OFFICE)


async def test_grpc_requests_registers_reads_and_follows_by_reflection_alone(platform: Platform) -> None:
    profile = _profile(platform, f"officer@{OFFICE}")
    given = {
        "address": platform.settings.addresses.intake,
        "authority": str(profile.authority),
        "certificate": str(profile.certificate),
        "key": str(profile.key),
        "token": profile.read_token(),
        "filing": {
            "info": {"request_id": info().request_id},
            "channel": "web",
            "division": "990100",
            "content": {"clear": {"text": "路灯不亮"}},
        },
    }
    program = Path(outside_client.__file__)
    status, output, errors = await _run(sys.executable, "-I", program, given=json.dumps(given))
    assert status == 0, errors
    found = json.loads(output)
    assert OWN_SERVICES["intake"] <= set(found["services"])
    assert found["petition"]["case_id"] == found["registered"]["case_id"]
    assert found["petition"]["responsible_unit"] == OFFICE
    payloads = {event["case_id"]: event["@type"] for event in found["events"] if "case_id" in event}
    kind = "type.googleapis.com/huiyin.intake.v1.PetitionRegistered"
    assert payloads[found["petition"]["case_id"]] == kind
    assert found["refused"].startswith("NO_SUCH_CASE: ")
