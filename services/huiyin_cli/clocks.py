"""`huiyin clock due` and `huiyin clock explain`: dates of the law, with their reasons."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from huiyin.supervision.v1.service_pb2 import ExplainClocksRequest, StatutoryClock
from huiyin.supervision.v1.types_pb2 import ClockStatus
from huiyin_cli.options import Json, Language, Profile, checked_language
from huiyin_cli.output import Exit, fail, message_dict, print_json, run
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.calendar.explain import explain_due
from huiyin_domain.refusal import Refusal
from huiyin_kernel.policy import load_policy

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("due")
def due(
    day: Annotated[str, typer.Argument(help="起始日 · First day, YYYY-MM-DD; it is not counted.")],
    span: Annotated[str, typer.Argument(help="+15d 日 · +5wd 工作日 · +3m 月")],
    as_json: Json = False,
) -> None:
    """某日起若干日的届满日及理由 · The last day of a period, rolled past days off, and why."""
    found = explain_due(load_policy().timetable.calendar, day, span)
    if isinstance(found, Refusal):
        wrongly_asked = found.reason.startswith(("MALFORMED", "SPAN", "DATE"))
        fail(f"{found.reason}: {found.message}", Exit.USAGE if wrongly_asked else Exit.REFUSED)
    if as_json:
        print_json(_document(found))
    else:
        print(f"届满日 raw     {found.raw}")
        print(f"顺延后 rolled  {found.rolled or '暂定 · provisional'}")
        print(found.why_zh)
        print(found.why_en)
    if found.provisional:
        raise typer.Exit(Exit.REFUSED)


def _document(found: DueDate) -> dict[str, Any]:
    document = {key: str(value) if value is not None else None for key, value in asdict(found).items()}
    document.pop("span")
    flags = {"provisional": found.provisional, "unverified": found.unverified}
    return {**document, **flags, "why_zh": found.why_zh, "why_en": found.why_en}


@app.command("explain")
def explain(
    case: Annotated[str, typer.Argument(help="编号或标识 · Display number or case id.")],
    language: Language = "zh",
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """一件信访事项的全部期限及依据 · Every clock of a case, each with a sentence why."""
    language = checked_language(language)
    clocks = run(lambda: _clocks(profile, case))
    if as_json:
        print_json([message_dict(clock) for clock in clocks])
        return
    for clock in clocks:
        status = ClockStatus.Name(clock.status).removeprefix("CLOCK_STATUS_")
        print(f"{clock.rule:<4} {clock.rolled_due_date or clock.raw_due_date}  {status:<8} {clock.unit}")
        print(f"     {clock.why_zh if language == 'zh' else clock.why_en}")


async def _clocks(profile: str, case: str) -> list[StatutoryClock]:
    # Imported here: `clock due` needs no platform and shall not wait for its client.
    from huiyin_cli.cases import case_request
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        found = await client.cases.GetCase(case_request(case))
        request = ExplainClocksRequest(case_id=found.summary.case_id)
        return list((await client.supervision.ExplainClocks(request)).clocks)
