"""`huiyin vault rotate`: a new master key for all data keys."""

import typer

from huiyin_cli.options import Json
from huiyin_cli.output import run

app = typer.Typer(no_args_is_help=True)
