"""What a store takes: bytes on disk by table, and bytes written ahead."""

from collections.abc import Mapping
from typing import Any

from tests.bench.platform import Platform

_TABLES = """
SELECT relation.relnamespace::regnamespace || '.' || relation.relname,
  pg_total_relation_size(relation.oid)::bigint
FROM pg_class relation
WHERE relation.relkind = 'r' AND relation.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
"""
_WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"


def table_bytes(place: Platform) -> Mapping[str, int]:
    """Every table with its indexes and what it keeps aside."""
    with place.administrator() as connection:
        connection.execute("CHECKPOINT")
        return {str(name): _number(size) for name, size in connection.execute(_TABLES).fetchall()}


def written_bytes(place: Platform) -> int:
    """Bytes of the write-ahead log since the server was made."""
    with place.administrator() as connection:
        row = connection.execute(_WRITTEN).fetchone()
        return _number(row[0] if row else 0)


def _number(value: Any) -> int:
    return int(value)
