"""On the command line: a registration is put right, what is due is listed, the log is held to receipts."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict

from huiyin.cases.v1.service_pb2 import ListCasesRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_kernel.identity.files import make_private_directory, write_whole
from tests.mainjob.desk import Desks
from tests.service.test_events_tail import environment
from tests.support.calling import COUNTY, OFFICE, filing, info, text
from tests.support.platform import Platform, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

HUIYIN = str(Path(sys.executable).with_name("huiyin"))
OFFICER = f"officer@{OFFICE}"


async def huiyin(platform: Platform, *arguments: str, given: str = "") -> tuple[int, str, str]:
    """Exit status, output and errors of a command."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        HUIYIN, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(platform)
    )
    out, errors = await process.communicate(given.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


async def registered(desks: Desks) -> intake.RegisterPetitionResponse:
    client = (await desks.at(OFFICE)).client
    answer: intake.RegisterPetitionResponse = await client.intake.RegisterPetition(
        filing(content=text("路灯不亮"), info=info())
    )

    async def listed() -> bool:
        found = await client.cases.ListCases(ListCasesRequest(page_size=100))
        return any(one.case_id == answer.case_id for one in found.cases)

    await eventually(listed, "the case is in the lists")
    return answer


async def test_a_registration_is_put_right_from_the_command_line(platform: Platform, desks: Desks) -> None:
    number = (await registered(desks)).display_number
    right = json.dumps({"petitioner": {"name": "欧阳更正"}, "content": "路灯不亮"})
    fields = ("--set", f"division={COUNTY}", "--file", "-")
    command = ("case", "correct", number, "--reason", "原件如此", *fields)
    status, out, errors = await huiyin(platform, *command, "--as", OFFICER, given=right)
    assert (status, out, errors) == (0, "已更正：信访人、问题属地；原记录仍在案\n", "")
    status, out, _ = await huiyin(platform, *command, "--as", OFFICER, "--lang", "en", given=right)
    assert (status, out) == (0, "the record says so already: nothing was put right\n")
    status, _, errors = await huiyin(platform, *command[:5], "--set", "content=x", "--as", OFFICER)
    assert status == 2
    assert "give it by --file" in " ".join(errors.split())


async def test_a_units_clocks_are_listed_by_their_last_day(platform: Platform, desks: Desks) -> None:
    case_id = (await registered(desks)).case_id

    async def there() -> bool:
        _, out, _ = await huiyin(platform, "clock", "list", "--unit", OFFICE, "--json")
        return any(one["case_id"] == case_id and one["rule"] == "T1" for one in json.loads(out))

    await eventually(there, "the clock is listed")


def access_of_the_auditor(platform: Platform) -> None:
    """What `huiyin up` leaves for the auditor's commands."""
    file = platform.settings.paths.databases
    if not file.exists():
        make_private_directory(file.parent)
        write_whole(file, json.dumps({"auditor": platform.dsns["auditor"]}).encode())


async def test_the_log_is_held_to_a_receipt(platform: Platform, desks: Desks, tmp_path: Path) -> None:
    access_of_the_auditor(platform)
    receipt = (await registered(desks)).receipt
    good, file = MessageToDict(receipt, preserving_proto_field_name=True), tmp_path / "kept.jsonl"
    file.write_text(json.dumps({"receipt": good}) + "\n", encoding="utf-8")
    command = ("audit", "promises", "--receipts", str(file), "--json")
    _, out, errors = await huiyin(platform, *command)
    assert out, errors
    verdicts = {one["promise"]: one for one in json.loads(out)}
    assert verdicts["P8 kept, by receipts"]["outcome"] == "holds"
    assert verdicts["P5 nothing late in silence"]["violations"] == []

    lost = {**good, "position": str(int(good["position"]) + 10_000)}
    file.write_text(json.dumps(good) + "\n" + json.dumps(lost) + "\n", encoding="utf-8")
    status, out, _ = await huiyin(platform, *command)
    verdicts = {one["promise"]: one for one in json.loads(out)}
    (violation,) = verdicts["P8 kept, by receipts"]["violations"]
    assert (status, violation[3]) == (1, "ACKNOWLEDGED_EVENT_MISSING")

    file.write_text(json.dumps(good) + "\nnonsense\n", encoding="utf-8")
    status, _, errors = await huiyin(platform, *command)
    assert status == 2
    assert "line 2" in errors
