"""`huiyin vault rotate`: a new master key for all data keys."""

import json
import os
from dataclasses import asdict

import typer

from huiyin_cli.options import Json
from huiyin_cli.output import Exit, fail, print_json, run
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.settings import Settings
from huiyin_kernel.store.postgres import PostgresEventStore
from huiyin_kernel.vault.keys import VaultError
from huiyin_kernel.vault.master import open_master_keys
from huiyin_kernel.vault.rotate import RotationResult, rotate

app = typer.Typer(no_args_is_help=True, add_completion=False)

CONTEXTS = ("intake", "reception", "judicial", "supervision")


@app.callback()
def vault() -> None:
    """密钥 · Keys of sealed data."""


@app.command("rotate")
def rotate_master_key(as_json: Json = False) -> None:
    """更换主密钥 · Put every data key under a new master key, while the services keep working."""
    try:
        result = run(_rotate)
    except VaultError as error:
        fail(str(error))
    if as_json:
        print_json({**asdict(result), "unreadable": [str(key) for key in result.unreadable]})
    else:
        print(f"新主密钥 · new master key: {result.master}")
        print(f"重新包裹 · data keys rewrapped: {result.rewrapped}")
        print(f"停用 · retired: {', '.join(result.retired) or '-'}")
        print(f"删除 · removed: {', '.join(result.removed) or '-'}")
    raise typer.Exit(Exit.REFUSED if result.unreadable else Exit.OK)


async def _rotate() -> RotationResult:
    settings = Settings()
    master = open_master_keys(settings.paths.master_key, os.environ, SystemClock())
    dsns = json.loads(settings.paths.databases.read_text())
    stores = [
        await PostgresEventStore.open(dsns[name], name, f"{name}@{settings.region}") for name in CONTEXTS
    ]
    try:
        return await rotate(stores, master)
    finally:
        for store in stores:
            await store.aclose()
