"""`huiyin status`: asks, prints tables for people or a document, and ends with 1 when something is wrong."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from huiyin_cli.cases import local_time
from huiyin_cli.output import Exit, Json, Profile, print_json, run
from huiyin_cli.status.report import Status
from huiyin_cli.status.survey import gather
from huiyin_kernel.settings import Settings

_WIDTH_MIN = 110


class Sheet(NamedTuple):
    """One table: its title, columns and rows."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def print_status(status: Status) -> None:
    """Prints it, what is wrong last."""
    console = Console()
    console = Console(width=max(console.width, _WIDTH_MIN))
    for sheet in sheets(status):
        if sheet.rows:
            console.print(_table(sheet))
    wrong = status.wrong()
    if not wrong:
        console.print("[green]●[/] 一切正常 · everything is well")
    for sentence in wrong:
        console.print("[red]●[/]", sentence, markup=True, highlight=False)


def sheets(status: Status) -> list[Sheet]:
    """All tables; those without rows have nothing to show in this mode."""
    return [
        _processes(status),
        _logs(status),
        _readers(status),
        _relays(status),
        _timeline(status),
        _exchange(status),
        _workers(status),
        _kafka(status),
        _dead_letters(status),
        _clocks(status),
    ]


def _processes(status: Status) -> Sheet:
    columns = ("名称 name", "状态 state", "pid", "自 since", "重启 restarts")
    rows = [
        (
            process.name,
            _state(process.running, process.serving),
            str(process.pid or ""),
            _time(process.started_time),
            _count(process.restart_count),
        )
        for process in status.processes
    ]
    return Sheet("进程 · processes", columns, rows)


def _logs(status: Status) -> Sheet:
    rows = [(log.log, _number(log.position), _time(log.recorded_time)) for log in status.logs]
    return Sheet("日志 · logs", ("日志 log", "末位 end", "记录于 recorded"), rows)


def _readers(status: Status) -> Sheet:
    columns = ("读者 reader", "日志 log", "读至 at", "落后 behind", "滞后 lag", "静默 silence", "进程 in")
    rows = [
        (
            reader.consumer,
            reader.log,
            str(reader.position),
            "–" if reader.behind_count is None else str(reader.behind_count),
            _seconds(reader.lag_seconds),
            _seconds(reader.silence_seconds),
            reader.process,
        )
        for reader in status.readers
    ]
    return Sheet("读者 · readers of the logs", columns, rows)


def _relays(status: Status) -> Sheet:
    columns = ("来源 source", "由 held by", "纪元 epoch", "发布至 at")
    rows = [
        (relay.source, relay.process or "—", str(relay.epoch), _number(relay.position))
        for relay in status.relays
    ]
    return Sheet("中继 · relay to Kafka", columns, rows)


def _timeline(status: Status) -> Sheet:
    rows = [
        (str(timeline.sequence), _count(timeline.held_count), _seconds(timeline.held_seconds))
        for timeline in (status.timeline,)
        if timeline is not None
    ]
    return Sheet("时间线 · timeline", ("序号 sequence", "等待 held", "最久 longest"), rows)


def _exchange(status: Status) -> Sheet:
    rows = [
        (_count(exchange.in_flight_count), _pairs(exchange.waiting))
        for exchange in (status.exchange,)
        if exchange is not None
    ]
    return Sheet("单位来件 · messages of agencies", ("在办 in flight", "待读 waiting"), rows)


def _workers(status: Status) -> Sheet:
    columns = ("名称 worker", "进程 in", "已处理 handled", "放弃 dead", "落后 behind")
    rows = [
        (w.worker, w.process, str(w.handled_count), _count(w.dead_count), _pairs(w.lag))
        for w in status.workers
    ]
    return Sheet("流处理 · stream workers", columns, rows)


def _kafka(status: Status) -> Sheet:
    rows = [
        (f"{kafka.broker_count}/{kafka.expected_count}", _count(len(kafka.under_replicated)))
        for kafka in (status.kafka,)
        if kafka is not None
    ]
    return Sheet("Kafka", ("节点 brokers", "副本不足 under-replicated"), rows)


def _dead_letters(status: Status) -> Sheet:
    rows = [(letters.service, _number(letters.count)) for letters in status.dead_letters]
    return Sheet("死信 · dead letters", ("服务 service", "件数 count"), rows)


def _table(sheet: Sheet) -> Table:
    table = Table(*sheet.columns, title=sheet.title, title_justify="left", box=None)
    for row in sheet.rows:
        table.add_row(*row)
    return table


def _state(running: bool, serving: bool | None) -> str:
    if not running:
        return "停止 down"
    return "没有应答 silent" if serving is False else "运行 up"


def _time(moment: datetime | None) -> str:
    return local_time(moment) if moment else ""


def _number(number: int | None) -> str:
    return "?" if number is None else str(number)


def _count(number: int) -> str:
    return str(number) if number else "–"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds else "–"


def _pairs(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items())) or "–"


def _clocks(status: Status) -> Sheet:
    columns = ("进程 process", "与 against", "快 ahead (s)")
    rows = [
        (clock.process, against, f"{ahead:+.1f}")
        for clock in status.clocks
        for against, ahead in sorted(clock.ahead_seconds.items())
    ]
    return Sheet("机器时钟 machine clocks", columns, rows)


def status(as_json: Json = False, profile: Profile = "auditor") -> None:
    """平台状态 · What runs, how far everything has come, what is wrong; exit status 1 when something is."""
    found = run(lambda: gather(Settings(), profile))
    if as_json:
        print_json(document(found))
    else:
        print_status(found)
    raise typer.Exit(Exit.REFUSED if found.wrong() else Exit.OK)


def document(found: Status) -> dict[str, Any]:
    """The status as JSON shows it."""
    wrong = found.wrong()
    return {**_plain(asdict(found)), "ok": not wrong, "wrong": wrong}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.isoformat()
        case float():
            return round(value, 3)
    return value
