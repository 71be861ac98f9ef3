"""The command `huiyin import FILE`: its options, its output and its exit status."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from rich.console import Console

from huiyin_cli.client import open_client
from huiyin_cli.importing.columns import load_mapping, names_in, with_options
from huiyin_cli.importing.faults import InputError
from huiyin_cli.importing.grpc_registrar import GrpcRegistrar
from huiyin_cli.importing.keys import import_secret
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.progress import BarProgress, PlainProgress, ProgressReporter, SilentProgress
from huiyin_cli.importing.report import ImportSummary
from huiyin_cli.importing.run import ImportOptions, run_import
from huiyin_cli.importing.table import ReadOptions, checked_delimiter
from huiyin_cli.importing.wording import Language as Wording
from huiyin_cli.importing.wording import interrupted_text, sentence, summary_text
from huiyin_cli.output import Exit, Json, Language, Profile, checked_language, fail, print_json, run
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.profiles import ClientProfile, find_profile
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings

Texts = list[str]
Describe = Callable[..., ImportOptions]


def import_file(
    file: Annotated[Path, typer.Argument(help="XLSX、CSV 或 JSON 文件 · The file.")],
    profile: Profile = "",
    mapping: Annotated[Path | None, typer.Option(help="对照文件 · TOML file that maps columns.")] = None,
    columns: Annotated[Texts | None, typer.Option("--map", help="字段=列名 · FIELD=COLUMN.")] = None,
    constants: Annotated[
        Texts | None, typer.Option("--set", help="字段=值 · FIELD=VALUE for all rows.")
    ] = None,
    source: Annotated[str, typer.Option(help="编号出自哪个系统 · System that numbered the rows.")] = "",
    sheets: Annotated[
        Texts | None, typer.Option("--sheet", help="只读这些工作表 · Read these sheets of a workbook alone.")
    ] = None,
    header_row: Annotated[int, typer.Option(min=0, help="列名所在行 · Row with the columns' names.")] = 0,
    file_format: Annotated[str, typer.Option("--format", help="xlsx, csv, json")] = "",
    encoding: Annotated[str, typer.Option(help="文本编码 · Encoding of a text file.")] = "",
    delimiter: Annotated[
        str, typer.Option(help="分隔符，如 ; 或 tab · What parts the cells of a text file, such as ; or tab.")
    ] = "",
    report: Annotated[Path | None, typer.Option(help="逐行说明写到 · Where the report goes.")] = None,
    receipts: Annotated[Path | None, typer.Option(help="登记回执写到 · Where row and case go.")] = None,
    late_reason: Annotated[
        str, typer.Option(help="补录理由，须以负责人身份导入 · Why a head enters late what is no history.")
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="只检查，不登记；加 --as 则问服务 · Check; with --as ask the service."
        ),
    ] = False,
    correct_again: Annotated[
        bool,
        typer.Option("--correct-again", help="此后已更正过的也按此文件更正 · Also what was put right since."),
    ] = False,
    language: Language = "zh",
    as_json: Json = False,
) -> None:
    """导入信访件：每行登记一次，再次运行不会重复；有问题的行逐行写明原因。

    Imports filings: each row is registered once however often it runs; every bad row is reported.
    """
    wording: Wording = "en" if checked_language(language) == "en" else "zh"
    if not (profile or dry_run):
        raise typer.BadParameter("以何身份导入？· Whose import is it? Add --as officer@<code>.")
    reporter = _reporter(as_json, wording)
    try:
        told = with_options(load_mapping(mapping), columns or (), constants or (), source)
        reading = ReadOptions(
            file_format, encoding, checked_delimiter(delimiter), tuple(sheets or ()), header_row
        )
        policy = load_policy()
        describe = partial(
            ImportOptions,
            file,
            mapping=told,
            code_names=names_in(policy.codes),
            policy=policy,
            dry_run=dry_run,
            correct_again=correct_again,
            reading=reading,
            report=report,
            receipts=receipts,
            language=wording,
            late_reason=late_reason,
        )
        check, send = partial(_check, describe, reporter), partial(_send, describe, reporter, profile)
        summary = run(partial(_unless_interrupted, send if profile else check))
    except InputError as error:
        print(f"{error.fault.reason}: {sentence(error.fault, wording)}", file=sys.stderr)
        raise typer.Exit(Exit.USAGE) from None
    _show(summary, as_json, wording)


async def _unless_interrupted(work: Callable[[], Awaitable[ImportSummary]]) -> ImportSummary | None:
    """What the work gives; None when Ctrl-C ended it, which asyncio turns into a cancellation."""
    try:
        return await work()
    except asyncio.CancelledError:
        return None


async def _check(describe: Describe, reporter: ProgressReporter) -> ImportSummary:
    """Checks the rows. Nothing derived from them is kept, so any secret will do."""
    return await run_import(describe(agency="", secret=secrets.token_bytes()), None, reporter)


async def _send(describe: Describe, reporter: ProgressReporter, profile: str) -> ImportSummary:
    """Sends the rows, or asks the service what would become of them."""
    settings = Settings()
    agency = _agency(find_profile(settings.paths.identity, profile))
    limits = ImportLimits(rows_max=settings.limits.import_rows_max)
    options = describe(agency=agency, secret=import_secret(settings.paths.secrets), limits=limits)
    async with open_client(profile, settings) as client:
        registrar = GrpcRegistrar(client.intake, limits.call_timeout_seconds)
        return await run_import(options, registrar, reporter)


def _agency(profile: ClientProfile) -> str:
    """The agency (or service) in the profile's certificate: it is the one that the service will see."""
    certificate = x509.load_pem_x509_certificate(profile.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    peers = map(certificates.parse, names.get_values_for_type(x509.UniformResourceIdentifier))
    return next(peer.name for peer in peers if peer)


def _reporter(as_json: bool, language: Wording) -> ProgressReporter:
    if as_json:
        return SilentProgress()
    if sys.stderr.isatty():
        return BarProgress(Console(stderr=True), language)
    return PlainProgress(lambda text: print(text, file=sys.stderr), language)


def _show(summary: ImportSummary | None, as_json: bool, language: Wording) -> None:
    if summary is None:
        fail(interrupted_text(language))
        return
    if as_json:
        print_json({**asdict(summary), "rows_per_second": round(summary.rows_per_second, 1)})
    else:
        print(summary_text(summary, language))
    raise typer.Exit(Exit.OK if summary.is_clean else Exit.REFUSED)
