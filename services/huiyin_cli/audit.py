"""`huiyin audit verify`, `huiyin audit promises` and `huiyin replay`: proving the record."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from huiyin_audit.checks import kept_receipts
from huiyin_audit.checks.all import check_all
from huiyin_audit.checks.kept_receipts import KeptReceipt, ReceiptFileError, read_receipts
from huiyin_audit.findings import Language as Words
from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.history import load_from_database
from huiyin_audit.insight import compare_insight
from huiyin_audit.live_models import READ_MODELS, nothing_set_aside
from huiyin_audit.postgres_source import LogMissingError
from huiyin_audit.replay_logs import compare_models, states_as_of
from huiyin_audit.report import LogReport, report_json, verdict_lines, verify_lines
from huiyin_audit.verify_log import verify_logs
from huiyin_cli.output import Exit, Json, Language, checked_language, fail, message_dict, print_json, run
from huiyin_domain.cases.fold import CaseFold, summary_of
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.files import KeyFileError, read_private
from huiyin_kernel.identity.profiles import UnknownProfileError
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import LOG_NAMES, Settings
from huiyin_kernel.vault.master import MasterKeys
from huiyin_kernel.vault.rings import open_ring, ring_environment

app = typer.Typer(no_args_is_help=True, add_completion=False)

CONTEXTS = ("intake", "reception", "judicial", "supervision")


@app.command("verify")
def verify(language: Language = "zh", as_json: Json = False) -> None:
    """逐条核验全部日志 · Recompute every hash, position and chain of all logs."""
    words = _words(language)
    with _Bars() as bars:
        report = _reading(lambda dsn, logs: verify_logs(dsn, logs, bars, _rings()))
    if as_json:
        print_json(report_json(report))
    else:
        print(*verify_lines(report, words), sep="\n")
    raise typer.Exit(_exit(sound=report.sound, whole=report.whole))


@app.command("promises")
def promises(
    receipts: Annotated[
        str, typer.Option(help="客户端留存的回执 · Receipts that clients kept, JSON lines.", metavar="FILE")
    ] = "",
    language: Language = "zh",
    as_json: Json = False,
) -> None:
    """检验承诺 · Judge the recorded history against the platform's promises."""
    words, kept = _words(language), _receipts(receipts)
    history = _reading(load_from_database)
    verdicts = check_all(history, load_policy())
    if kept is not None:
        verdicts.append(replace(kept_receipts.check_receipts(history, kept), reach=verdicts[0].reach))
    verdicts.append(_reading(nothing_set_aside))
    _print_verdicts(verdicts, words, as_json)


@app.command("compare")
def compare(language: Language = "zh", as_json: Json = False) -> None:
    """比较 Kafka 与库 · Compare every topic with the store, record by record, and fold both."""
    # Imported here: the embedded default has no Kafka, and no client for it.
    from huiyin_cli.client import cluster_settings
    from huiyin_kafka.connection import KafkaSetupError, client_options

    words, settings = _words(language), cluster_settings()
    try:
        client_options(settings, "service@cli")
        from huiyin_audit.compare.report import compare_json, compare_lines
        from huiyin_cli.comparison import compared

        with _Bars() as bars:
            found = _reading(lambda dsn, logs: compared(settings, dsn, logs, bars))
    except (KafkaSetupError, UnknownProfileError, KeyFileError) as error:
        fail(str(error))
    if as_json:
        verdicts = [_verdict_document(verdict) for verdict in found.verdicts]
        document = {"topics": compare_json(found.topics), "replay": verdicts, "unfolded": found.unfolded}
        print_json({"agrees": found.agrees, **document})
    else:
        print(*compare_lines(found.topics, words), *verdict_lines(found.verdicts, words), sep="\n")
        if found.unfolded:
            print(found.unfolded)
    raise typer.Exit(_exit(sound=found.agrees, whole=not found.is_behind))


def replay(
    as_of: Annotated[str, typer.Option(help="某一时刻 · State as of an instant (ISO 8601).")] = "",
    case: Annotated[str, typer.Option(help="只看此案（编号或标识）· Only this case, with --as-of.")] = "",
    language: Language = "zh",
    as_json: Json = False,
) -> None:
    """重放日志并与现有视图比较 · Fold the logs again and compare with the live views."""
    words = _words(language)
    if case and not as_of:
        raise typer.BadParameter("--case goes with --as-of: the live views are compared whole")
    if as_of:
        _show_past(_instant(as_of), case)
        return
    verdicts: list[Verdict] = []
    for schema, folds in READ_MODELS:
        verdicts += _reading(partial(compare_models, schema=schema, folds=folds))
    verdicts.append(_reading(compare_insight))
    _print_verdicts(verdicts, words, as_json)


def _show_past(instant: datetime, case: str) -> None:
    states, timetable = _reading(lambda dsn, logs: states_as_of(dsn, logs, CaseFold(), instant))
    found = [summary_of(state, timetable) for _, state in sorted(states.items())]
    chosen = [one for one in found if case in ("", one.case_id, one.display_number)]
    if case and not chosen:
        fail(f"截至 {instant} 没有这件事项 · there was no such case as of then: {case}")
    print_json([message_dict(one) for one in chosen])


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not an instant such as 2026-11-23T08:00:00+08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _receipts(file: str) -> list[KeptReceipt] | None:
    """The receipts of a file, before anything else is read; None when none is given."""
    if not file:
        return None
    try:
        return read_receipts(Path(file))
    except ReceiptFileError as error:
        fail(f"回执无法读取 · the receipts cannot be read: {error}", Exit.USAGE)


def _words(language: str) -> Words:
    return "en" if checked_language(language) == "en" else "zh"


def _reading(work: Callable[[str, list[str]], Any]) -> Any:
    """Work that reads the database as the auditor; what is wrong with the database is said."""
    settings = Settings()
    logs = [f"{name}@{settings.region}" for name in CONTEXTS]
    try:
        dsn = json.loads(read_private(settings.paths.databases))["auditor"]
    except KeyFileError as error:
        fail(f"请先运行 make run · start the platform once: {error}")
    try:
        return run(lambda: work(dsn, logs))
    except psycopg.OperationalError as error:
        fail(f"数据库没有应答 · the database does not answer: {str(error).splitlines()[0]}")
    except LogMissingError as error:
        fail(str(error))


def _rings() -> dict[str, MasterKeys]:
    """The rings that are here, by log: an auditor elsewhere has none, and is told what is not checked."""
    settings, here = Settings(), dict[str, MasterKeys]()
    for name in LOG_NAMES:
        if ring_environment(os.environ, name) or settings.paths.ring(name).exists():
            here[settings.log_name(name)] = open_ring(settings.paths, name, os.environ, SystemClock())
    return here


def _print_verdicts(verdicts: list[Verdict], words: Words, as_json: bool) -> None:
    if as_json:
        print_json([_verdict_document(verdict) for verdict in verdicts])
    else:
        print(*verdict_lines(verdicts, words), sep="\n")
    outcomes = {verdict.outcome for verdict in verdicts}
    raise typer.Exit(
        _exit(sound=PromiseOutcome.BROKEN not in outcomes, whole=outcomes <= {PromiseOutcome.HOLDS})
    )


def _exit(*, sound: bool, whole: bool) -> Exit:
    """What was not judged, or not to its end, never counts as proved."""
    if not sound:
        return Exit.REFUSED
    return Exit.OK if whole else Exit.BEHIND


def _verdict_document(verdict: Verdict) -> Any:
    return json.loads(json.dumps(asdict(verdict), default=str))


class _Bars:
    """A progress bar for each log, on a terminal only."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(console=console, disable=not console.is_terminal, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def started(self, log: str, size: int) -> None:
        """A log of this size is about to be read."""
        self._tasks[log] = self._progress.add_task(log, total=size)

    def progressed(self, log: str, count: int) -> None:
        """So many of its events are checked."""
        self._progress.update(self._tasks[log], completed=count)

    def finished(self, report: LogReport) -> None:
        """A log is done."""
        self._progress.update(self._tasks[report.log], completed=report.event_count)
