"""`huiyin vault`: new master keys for all data keys, and keys destroyed on the record."""

import json
import os
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from huiyin_cli.output import Exit, Json, fail, print_json, run
from huiyin_domain.context import Principal
from huiyin_domain.erasure import GROUNDS
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.development import issuers_file
from huiyin_kernel.identity.files import read_private
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.identity.tokens import TokenVerifier, UnauthenticatedError
from huiyin_kernel.policy import load_policy
from huiyin_kernel.process import NoAccessError, own_access
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.settings import LOG_NAMES, ServiceName, Settings
from huiyin_kernel.vault.erase import Erased, erase
from huiyin_kernel.vault.keys import VaultError
from huiyin_kernel.vault.rings import open_ring
from huiyin_kernel.vault.rotate import RotationResult, rotate
from huiyin_store.port import StoreError
from huiyin_store.postgres import PostgresEventStore

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def vault() -> None:
    """密钥 · Keys of sealed data."""


@app.command("rotate")
def rotate_master_keys(as_json: Json = False) -> None:
    """更换主密钥 · Put every data key under a new master key, while the services keep working."""
    try:
        results = run(_rotate_all)
    except (VaultError, NoAccessError) as error:
        fail(str(error))
    if as_json:
        print_json({name: _document(result) for name, result in results.items()})
    else:
        print(*(line for name, result in results.items() for line in _lines(name, result)), sep="\n")
    unreadable = any(result.unreadable for result in results.values())
    raise typer.Exit(Exit.REFUSED if unreadable else Exit.OK)


@app.command("erase")
def erase_subject(
    service: Annotated[str, typer.Argument(help="密钥所属服务 · The service whose vault it is.")],
    subject: Annotated[str, typer.Argument(help="人或案 · Whose keys: person-<UUID> or case-<UUID>.")],
    ground: Annotated[str, typer.Option(help=f"原因 · Why: {', '.join(GROUNDS)}.")],
    profile: Annotated[str, typer.Option("--as", help="管理员 · The administrator.")] = "administrator",
    as_json: Json = False,
) -> None:
    """销毁密钥，先留痕 · Destroy the keys of a person or case, on the record; nobody can read it again."""
    if service not in LOG_NAMES:
        raise typer.BadParameter(f"{service!r} has no vault: one of {', '.join(LOG_NAMES)}")
    try:
        erased = run(lambda: _erase(service, subject, ground, profile))
    except (RefusedError, UnauthenticatedError, StoreError) as error:
        fail(str(error))
    if as_json:
        print_json(asdict(erased))
    else:
        print(f"已销毁密钥 · keys destroyed: {erased.count}（记录于 recorded at {erased.position or '-'}）")


async def _erase(service: str, subject: str, ground: str, profile: str) -> Erased:
    settings, clock = Settings(), SystemClock()
    principal = _officer(settings, profile)
    dsn = json.loads(read_private(settings.paths.databases))[service]
    store = await PostgresEventStore.open(dsn, service, f"{service}@{settings.region}")
    try:
        return await erase(store, load_policy(), clock, principal, subject, ground)
    finally:
        await store.aclose()


def _officer(settings: Settings, profile: str) -> Principal:
    """Who calls, by the token of the profile: the record names a person that an issuer knows."""
    token = find_profile(settings.paths.identity, profile).read_token()
    lifetime = timedelta(hours=settings.limits.token_hours_max)
    claims = TokenVerifier(issuers_file(settings.paths.root), SystemClock(), lifetime).verify(token)
    return Principal(claims.agency, claims.officer, claims.roles)


async def _rotate_all() -> dict[str, RotationResult]:
    """Each service's vault under its own ring."""
    settings = Settings()
    return {name: await _rotate(settings, name, dsn) for name, dsn in _accesses(settings).items()}


def _accesses(settings: Settings) -> dict[ServiceName, str]:
    """Of an installation, those of all vaults; in a service's own data folder, its own alone."""
    if settings.paths.databases.exists():
        dsns = json.loads(read_private(settings.paths.databases))
        return {name: dsns[name] for name in LOG_NAMES}
    own = [name for name in LOG_NAMES if settings.paths.ring(name).exists()]
    return dict.fromkeys(own, own_access(settings))


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
