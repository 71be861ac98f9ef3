"""`huiyin case correct`: puts right what was registered of a case, field by field.

Personal data and texts come from a file or standard input, the reason from a prompt where it is not given:
what stands on a command line is read by every process of the machine.
"""

from typing import Annotated

import typer

from huiyin.common.v1.types_pb2 import CommandInfo, LateEntry
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_cli.case_names import case_request
from huiyin_cli.client import open_client
from huiyin_cli.correction_fields import doubts, from_file, from_options, put, sealed_text
from huiyin_cli.options import Json, Language, Profile, checked_language
from huiyin_cli.output import message_dict, print_json, run
from huiyin_domain.narrative.intake_words import WORDS
from huiyin_kernel.ids import uuid7

Request = intake.CorrectRegistrationRequest

_NAMES = WORDS["huiyin.intake.v1.RegistrationCorrected.fields"]


def correct(
    case: Annotated[str, typer.Argument(help="编号或标识 · Display number or case id.")],
    reason: Annotated[str, typer.Option(prompt="更正理由 · why", help="更正理由 · Why; it is sealed.")],
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="字段=值 · FIELD=VALUE, such as division=990102.", metavar="FIELD=VALUE"),
    ] = None,
    file: Annotated[
        str,
        typer.Option(help="JSON 文件，- 为标准输入 · Fields as a JSON object; - is stdin."),
    ] = "",
    settle: Annotated[
        list[str] | None,
        typer.Option(help="核定登记疑点 · Settles a doubt, by its name in `huiyin case show --json`."),
    ] = None,
    late_reason: Annotated[
        str, typer.Option(help="由负责人补录的理由 · Sent by the head as a late entry, for this reason.")
    ] = "",
    language: Language = "zh",
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """更正登记 · Puts right what was registered; what stood there stays on the record."""
    language = checked_language(language)
    request = Request(info=CommandInfo(request_id=str(uuid7())), reasons=sealed_text(reason))
    if late_reason:
        request.info.late_entry.CopyFrom(LateEntry(reason=sealed_text(late_reason)))
    for name, value in {**from_file(file), **from_options(given or [])}.items():
        put(request, name, value)
    request.settled.extend(doubts(settle or []))
    answer = run(lambda: _send(profile, case, request))
    if as_json:
        print_json(message_dict(answer))
        return
    print(_sentence([*answer.fields], language, settled=answer.receipt.event_count > 0))


async def _send(profile: str, case: str, request: Request) -> intake.CorrectRegistrationResponse:
    """Corrects what stands there now: who corrected in between is not overwritten."""
    async with open_client(profile) as client:
        request.case_id = (await client.cases.GetCase(case_request(case))).summary.case_id
        found = (await client.intake.GetPetition(intake.GetPetitionRequest(case_id=request.case_id))).petition
        request.epoch, request.registration_version = found.epoch, found.registration_version
        answer: intake.CorrectRegistrationResponse = await client.intake.CorrectRegistration(request)
        return answer


def _sentence(fields: list[str], language: str, *, settled: bool) -> str:
    if not fields and settled:
        return ("登记疑点已核定", "what was in doubt is settled")[language == "en"]
    if not fields:
        same = ("所给内容与记录相同，未作更正", "the record says so already: nothing was put right")
        return same[language == "en"]
    named = [_NAMES[one][language == "en"] for one in fields]
    if language == "zh":
        return f"已更正：{'、'.join(named)}；原记录仍在案"
    return f"put right: {', '.join(named)}; what stood there stays on the record"
