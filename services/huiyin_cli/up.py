"""`huiyin up`: starts the whole platform on this machine and keeps it running until told to stop."""

import sys


def up() -> None:
    """Sets up what is missing, starts database and services, and stays until Ctrl-C."""
    # Imported here, so that every other command starts without it.
    from huiyin_cli.installation import SetupError
    from huiyin_cli.running import run_platform
    from huiyin_kernel.settings import Settings

    try:
        run_platform(Settings(), say)
    except SetupError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def say(line: str) -> None:
    """A line of progress, shown at once."""
    print(line, flush=True)
