"""`huiyin up`: starts the whole platform on this machine and keeps it running until told to stop."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from huiyin_cli.output import Exit

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
    from huiyin_cli.running import run_platform
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
