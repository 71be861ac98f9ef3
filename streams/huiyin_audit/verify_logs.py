"""What `huiyin audit verify` does: verifies the logs of one database in one snapshot."""

from collections.abc import Sequence

from huiyin_audit.models import READ_MODELS
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.report import Reporter, VerifyReport
from huiyin_audit.verify_log import verify_log
from huiyin_kernel.facts import context_of


async def verify_logs(dsn: str, logs: Sequence[str], reporter: Reporter | None = None) -> VerifyReport:
    """Verifies each log, as the auditor's role. Raises LogMissingError or a psycopg error."""
    async with snapshot(dsn) as connection:
        schemas = sorted({*map(context_of, logs), *(schema for schema, _ in READ_MODELS)})
        sources = [PostgresSource(connection, log, schemas) for log in logs]
        for source in sources:
            await source.check()
        return VerifyReport(tuple([await verify_log(source, reporter) for source in sources]))
