"""Reads the receipts that the exchange keeps, as an auditor."""

from psycopg import AsyncConnection

from huiyin.exchange.v1.types_pb2 import AgencyReceipt

_QUERY = "SELECT agency, receipt FROM exchange.receipt ORDER BY agency, number"


async def load_receipts(dsn: str) -> dict[str, list[AgencyReceipt]]:
    """All receipts, by agency in their order."""
    found: dict[str, list[AgencyReceipt]] = {}
    async with await AsyncConnection.connect(dsn) as connection:
        cursor = connection.cursor(binary=True)
        await cursor.execute(_QUERY)
        async for agency, stored in cursor:
            found.setdefault(agency, []).append(AgencyReceipt.FromString(stored))
    return found
