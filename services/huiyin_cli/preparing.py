"""`huiyin prepare`: what an administrator makes, so that each process runs with its own secrets alone."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from huiyin_cli.output import fail
from huiyin_kernel.settings import Settings


def prepare(
    folder: Annotated[Path, typer.Argument(help="各进程数据目录的上级 · Where each process gets a folder.")],
    first_user: Annotated[
        int | None, typer.Option(help="首个系统用户号 · Number of the first user; the others follow it.")
    ] = None,
) -> None:
    """准备分用户运行 · Makes roles, schemas and identities, and a folder for each process of its own."""
    # Imported here, so that `huiyin prepare --help` does not wait for it.
    from huiyin_cli.handing import PROCESSES
    from huiyin_cli.installation import SetupError
    from huiyin_cli.up import say
    from huiyin_kernel.identity.files import KeyFileError

    if first_user is not None and os.geteuid() != 0:
        fail("只有 root 能把目录交给其他用户 · only root gives folders to others: leave --first-user out")
    try:
        _prepare(Settings(), folder, first_user)
    except (SetupError, KeyFileError, OSError) as error:
        fail(str(error))
    say(f"已备好 · prepared in {folder}: {', '.join(PROCESSES)}")


def _prepare(settings: Settings, folder: Path, first_user: int | None) -> None:
    from huiyin_cli.database import Database
    from huiyin_cli.endpoints import Ports
    from huiyin_cli.handing import PROCESSES, hand_out, owner_of
    from huiyin_cli.installation import Claim, SetupError, check_ring, make_folders, make_own_identities
    from huiyin_cli.up import say
    from huiyin_kernel.home import Home
    from huiyin_kernel.settings import RING_NAMES

    if settings.database_url is None:
        raise SetupError("请设置 HUIYIN_DATABASE_URL · name the administrator's database in it")
    make_folders(settings.paths)
    claim = Claim(settings.paths)
    claim.take()
    try:
        make_own_identities(settings)
        accesses = Database(settings, Ports(say), say).provision()
        for name in PROCESSES:
            place = Home((folder / name).resolve())
            hand_out(settings.paths, place, name, accesses.get(name), owner_of(name, first_user))
        for name in RING_NAMES:
            place = Home((folder / name).resolve())
            asyncio.run(check_ring(place, name, accesses[name], settings.log_name(name)))
    finally:
        claim.release()
