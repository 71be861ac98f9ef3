"""Looking for values in raw bytes, in whatever form they may have got there."""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def forms(value: str) -> dict[str, bytes]:
    """The bytes of a value by the name of their form; base64 and hexadecimal where the bytes are UTF-8."""
    plain = value.encode()
    found = {encoding: value.encode(encoding) for encoding in _ENCODINGS}
    found |= {"hexadecimal": plain.hex().encode(), "hexadecimal capitals": plain.hex().upper().encode()}
    found |= {f"base64 from {offset}": _base64_core(plain, offset) for offset in range(3)}
    escaped = json.dumps(value)[1:-1].encode()
    return found | {"escaped": escaped, "octal": _octal(plain), "percent": quote(value).encode()}


def _base64_core(plain: bytes, offset: int) -> bytes:
    """The characters that every base64 text has of these bytes when they begin at such an offset in it."""
    encoded = base64.b64encode(bytes(offset) + plain)
    first, last = -(-offset * 8 // 6), (offset + len(plain)) * 8 // 6
    return encoded[first:last]


def _octal(plain: bytes) -> bytes:
    """As protobuf's text form writes it."""
    return b"".join(bytes([one]) if 32 <= one < 127 else b"\\%03o" % one for one in plain)


def found_in(blob: bytes, values: Iterable[str]) -> set[tuple[str, str]]:
    """Which of the values are in there, and in which form."""
    return {(value, form) for value in values for form, needle in forms(value).items() if needle in blob}


def found_in_all(blobs: Mapping[str, bytes], values: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
    """Where which of the values are."""
    wanted = list(values)
    places = {name: found_in(blob, wanted) for name, blob in blobs.items()}
    return {name: found for name, found in places.items() if found}


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


async def read_tables(dsn: str) -> dict[str, bytes]:
    """Every table of the database, decompressed, its bytes as they are."""
    found: dict[str, bytes] = {}
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        query = (
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog',"
            " 'information_schema')"
        )
        for schema, table in await (await connection.execute(query)).fetchall():
            copy = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(schema, table))
            async with connection.cursor().copy(copy) as blocks:
                found[f"{schema}.{table}"] = b"".join([bytes(block) async for block in blocks])
    return found
