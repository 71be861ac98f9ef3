"""Asks a running platform for its status, as a person or a watchman would."""

import json
import subprocess
from typing import Any

from tests.fault.running_platform import HUIYIN, Platform


def status(platform: Platform) -> tuple[int, Any]:
    """Exit status and answer of `huiyin status`."""
    program = [HUIYIN, "status", "--json"]
    done = subprocess.run(program, env=platform.environment, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)
