"""`huiyin clock list`: a unit's running clocks by their last day, or those that passed."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from huiyin.supervision.v1.service_pb2 import ListClocksRequest, StatutoryClock
from huiyin_cli.options import Json, Profile
from huiyin_cli.output import PROVISIONAL, message_dict, print_json, run
from huiyin_cli.paging import listed
from huiyin_domain.directory import Directory
from huiyin_kernel.policy import load_policy


def list_clocks(
    unit: Annotated[str, typer.Option(help="单位代码 · Only this organisation.")] = "",
    passed: Annotated[bool, typer.Option("--passed", help="已逾期 · Those that passed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多几条 · At most this many.")] = 50,
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """期限清单，按届满日 · Clocks by last day; a provisional one stands where its raw last day does."""
    found = run(lambda: _ask(profile, ListClocksRequest(unit=unit, passed_only=passed), limit))
    if as_json:
        print_json([message_dict(clock) for clock in found])
        return
    for line in _lines(found, load_policy().directory):
        print(line)


def last_day(clock: StatutoryClock) -> str:
    """The last day, marked while a missing calendar may still move it; or the bound of it, said as such."""
    bound = f"不早于 · not before {clock.not_before_date}" if clock.not_before_date else "—"
    day = clock.rolled_due_date or clock.raw_due_date or bound
    return f"{day}{PROVISIONAL}" if clock.provisional else day


def _lines(found: Sequence[StatutoryClock], directory: Directory) -> Iterator[str]:
    for clock in found:
        unit = directory.name(clock.unit) if clock.unit else "信访人 · the petitioner"
        yield f"{last_day(clock)}  {clock.rule:<8} {unit}  {clock.case_id}"
    provisional = sum(clock.provisional for clock in found)
    yield f"{len(found)} 条期限 · clock(s)，其中暂定 · provisional {provisional}"


async def _ask(profile: str, request: ListClocksRequest, limit: int) -> list[StatutoryClock]:
    # Imported here: `clock due` needs no platform and shall not wait for its client.
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        return await listed(client.supervision.ListClocks, request, "clocks", limit)
