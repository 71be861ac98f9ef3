"""`huiyin vault rotate`: a new master key for all data keys."""

import json
import os
from dataclasses import asdict

import typer

from huiyin_cli.options import Json
from huiyin_cli.output import Exit, fail, print_json, run
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.files import read_private
from huiyin_kernel.settings import LOG_NAMES, ServiceName, Settings
from huiyin_kernel.store.postgres import PostgresEventStore
from huiyin_kernel.vault.keys import VaultError
from huiyin_kernel.vault.rings import open_ring
from huiyin_kernel.vault.rotate import RotationResult, rotate

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def vault() -> None:
    """密钥 · Keys of sealed data."""


@app.command("rotate")
def rotate_master_keys(as_json: Json = False) -> None:
    """更换主密钥 · Put every data key under a new master key, while the services keep working."""
    try:
        results = run(_rotate_all)
    except VaultError as error:
        fail(str(error))
    if as_json:
        print_json({name: _document(result) for name, result in results.items()})
    else:
        print(*(line for name, result in results.items() for line in _lines(name, result)), sep="\n")
    unreadable = any(result.unreadable for result in results.values())
    raise typer.Exit(Exit.REFUSED if unreadable else Exit.OK)


async def _rotate_all() -> dict[str, RotationResult]:
    """Each service's vault under its own ring."""
    settings = Settings()
    dsns = json.loads(read_private(settings.paths.databases))
    return {name: await _rotate(settings, name, dsns[name]) for name in LOG_NAMES}


async def _rotate(settings: Settings, name: ServiceName, dsn: str) -> RotationResult:
    master = open_ring(settings.paths, name, os.environ, SystemClock())
    store = await PostgresEventStore.open(dsn, name, settings.log_name(name))
    try:
        return await rotate([store], master)
    finally:
        await store.aclose()


def _document(result: RotationResult) -> dict[str, object]:
    return {**asdict(result), "unreadable": [str(key) for key in result.unreadable]}


def _lines(name: str, result: RotationResult) -> tuple[str, ...]:
    return (
        f"{name}：新主密钥 · new master key: {result.master}",
        f"  重新包裹 · data keys rewrapped: {result.rewrapped}",
        f"  打不开 · unreadable, raise an alarm: {', '.join(map(str, result.unreadable)) or '-'}",
        f"  停用 · retired: {', '.join(result.retired) or '-'}",
        f"  删除 · removed: {', '.join(result.removed) or '-'}",
    )
