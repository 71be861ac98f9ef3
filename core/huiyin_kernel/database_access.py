"""A process's own access to the database: as its environment says, or from a private file of its own."""

from huiyin_kernel.identity.files import read_private
from huiyin_kernel.settings import Settings


class NoAccessError(Exception):
    """A process that needs the database was not told where it is; the message says how to."""


def own_access(settings: Settings) -> str:
    """This process's connection string. Raises NoAccessError, or KeyFileError when others may read it."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    if settings.paths.access.exists():
        return read_private(settings.paths.access).decode().strip()
    raise NoAccessError(
        f"HUIYIN_DATABASE_URL is not set and {settings.paths.access} is not there: say where its database is"
    )
