"""Files that hold secrets: a key or a token that others may read is no secret, and is refused."""

import stat
from pathlib import Path

from huiyin_client.config import ConfigError


def read_private(path: Path) -> bytes:
    """The content of a secret file. Raises ConfigError when it is missing or when others may read it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise ConfigError(f"{path} has mode {mode:04o}, so others may read it: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
