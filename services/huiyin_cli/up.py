"""`huiyin up` starts the whole platform here until told to stop; `huiyin prepare` makes what processes need.

Prepared by an administrator, each process runs as a user of its own with its own secrets alone.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from huiyin_cli.output import Exit, fail
from huiyin_kernel.settings import Settings

Cluster = Annotated[
    bool,
    typer.Option(
        "--cluster", help="集群方式：三个 Kafka 节点、转发、流处理 · With Kafka, relays and stream workers."
    ),
]


def up(cluster: Cluster = False) -> None:
    """启动平台，直到 Ctrl-C · Starts database and services, sets up what is missing, stays until Ctrl-C."""
    # Imported here, so that `huiyin up --help` does not wait for it.
    from huiyin_cli.installation import SetupError
    from huiyin_cli.platform_run import run_platform
    from huiyin_kernel.settings import Settings

    try:
        run_platform(Settings(), say, cluster)
    except SetupError as error:
        end(str(error), Exit.REFUSED)
    except ValidationError as error:
        end("\n".join(wrong_settings(error)), Exit.USAGE)


def say(line: str) -> None:
    """A line of progress, shown at once."""
    print(line, flush=True)


def end(sentence: str, status: Exit) -> None:
    """Says what is wrong and ends."""
    print(sentence, file=sys.stderr)
    raise SystemExit(status)


def wrong_settings(error: ValidationError) -> list[str]:
    """A line for each setting that is wrong, by the name of its environment variable."""
    return [f"HUIYIN_{'__'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]


def prepare(
    folder: Annotated[Path, typer.Argument(help="各进程数据目录的上级 · Where each process gets a folder.")],
    first_user: Annotated[
        int | None, typer.Option(help="首个系统用户号 · Number of the first user; the others follow it.")
    ] = None,
) -> None:
    """准备分用户运行 · Makes roles, schemas and identities, and a folder for each process of its own."""
    # Imported here, so that `huiyin prepare --help` does not wait for it.
    from huiyin_cli.installation import PROCESSES, SetupError
    from huiyin_kernel.identity.files import KeyFileError

    if first_user is not None and os.geteuid() != 0:
        fail("只有 root 能把目录交给其他用户 · only root gives folders to others: leave --first-user out")
    try:
        _prepare(Settings(), folder, first_user)
    except (SetupError, KeyFileError, OSError) as error:
        fail(str(error))
    say(f"已备好 · prepared in {folder}: {', '.join(PROCESSES)}")


def _prepare(settings: Settings, folder: Path, first_user: int | None) -> None:
    from huiyin_cli.children import Ports
    from huiyin_cli.database import Database
    from huiyin_cli.installation import (
        PROCESSES,
        FolderClaim,
        SetupError,
        check_ring,
        hand_out,
        make_folders,
        make_own_identities,
        owner_of,
    )
    from huiyin_kernel.home import Home
    from huiyin_kernel.settings import RING_NAMES

    if settings.database_url is None:
        raise SetupError("请设置 HUIYIN_DATABASE_URL · name the administrator's database in it")
    make_folders(settings.paths)
    claim = FolderClaim(settings.paths)
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
