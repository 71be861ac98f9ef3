"""What can go wrong with the embedded server; each message says what to do."""


class PostgresError(Exception):
    """The server could not be set up, started or stopped."""


class PostgresNotFoundError(PostgresError):
    """No PostgreSQL server that could be used is on this machine."""


class AccountError(PostgresError):
    """No user was found that could run the server."""
