"""`make demo`: imports real petitions, drives cases through full lives, and proves the record."""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import SentCommand, load_from_database
from huiyin_audit.report import verdict_lines
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings
from tests.mainjob import figures
from tests.mainjob.desk import Desks
from tests.mainjob.driving import Receipt, drive
from tests.mainjob.input import PROJECT, find_input
from tests.mainjob.process import huiyin, running_platform


def main() -> None:
    """The whole job; exit status 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="how many cases are driven through lives")
    parser.add_argument(
        "--home", type=Path, default=PROJECT / "build" / "demo", help="data folder, made anew"
    )
    options = parser.parse_args()
    shutil.rmtree(options.home, ignore_errors=True)
    options.home.mkdir(parents=True)
    begun = time.monotonic()
    with running_platform(options.home) as settings:
        _say(f"平台就绪 · the platform is ready after {time.monotonic() - begun:.1f} s")
        sound = _job(settings, options.cases)
    sys.exit(0 if sound else 1)


def _job(settings: Settings, cases: int) -> bool:
    begun = time.monotonic()
    receipts = _import(settings)
    imported = time.monotonic()
    lived, calls = asyncio.run(_drive(settings, receipts[:cases]))
    driven = time.monotonic()
    sizes = asyncio.run(_rest(settings))
    sound = _prove(settings, calls)
    events = sum(sizes.values())
    _say(f"事件 · events            {events}  {json.dumps(sizes)}")
    asyncio.run(_show_cases(settings))
    _say(f"走完全程 · cases driven   {lived} 件，{len(calls)} 次调用 · calls")
    _say(f"导入 · import            {imported - begun:.1f} s")
    _say(f"办理 · lives             {driven - imported:.1f} s")
    took = driven - begun
    _say(f"合计 · together          {took:.1f} s, {events / took:.0f} 事件每秒 · events per second")
    return sound


def _import(settings: Settings) -> list[Receipt]:
    source = find_input(settings.paths.root)
    kind = "真实信访数据 · real petitions" if source.real else "自制样例（真实数据文件不在）· made filings"
    _say(f"{kind}: {source.file.name}")
    receipts = settings.paths.root / "receipts.jsonl"
    office = next(
        one.code
        for one in load_policy().directory
        if one.kind is OrganisationKind.PETITION_OFFICE and one.division == "990100"
    )
    arguments = ("--as", f"officer@{office}", "--set", "division=990100", "--set", "channel=web")
    report = settings.paths.root / "report.jsonl"
    files = ("--receipts", str(receipts), "--report", str(report))
    print(huiyin(settings.paths.root, "import", str(source.file), *arguments, *files, check=False).stdout)
    return [json.loads(line) for line in receipts.read_text().splitlines()]


async def _drive(settings: Settings, receipts: Sequence[Receipt]) -> tuple[int, list[SentCommand]]:
    async with Desks(settings, load_policy().directory) as desks:
        lived = await drive(desks, receipts, _say)
        return lived, desks.calls()


async def _rest(settings: Settings) -> dict[str, int]:
    _say("等待折叠与期限 · waiting for folds and clocks")
    async with Desks(settings, load_policy().directory) as desks:
        return await figures.at_rest(await desks.named("auditor"))


async def _show_cases(settings: Settings) -> None:
    async with Desks(settings, load_policy().directory) as desks:
        auditor = await desks.named("auditor")
        cases, fired = await figures.cases_by_status(auditor), await figures.clocks_fired(auditor)
    _say(f"事项 · cases             {sum(cases.values())}  {json.dumps(dict(cases.most_common()))}")
    _say(f"期限届满 · clocks fired   {sum(fired.values())}  {json.dumps(dict(fired.most_common()))}")


def _prove(settings: Settings, calls: list[SentCommand]) -> bool:
    dsn = json.loads(settings.paths.databases.read_text())["auditor"]
    logs = [settings.log_name(name) for name in figures.LOGS]
    history = asyncio.run(load_from_database(dsn, logs, calls, at_rest=True))
    verdicts = check_all(history, load_policy(), datetime.now(UTC))
    print(*verdict_lines(verdicts), sep="\n")
    verify = huiyin(settings.paths.root, "audit", "verify", check=False)
    replay = huiyin(settings.paths.root, "replay", check=False)
    print(verify.stdout, replay.stdout, sep="")
    broken = any(verdict.outcome is not PromiseOutcome.HOLDS for verdict in verdicts)
    return not (broken or verify.returncode or replay.returncode)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
