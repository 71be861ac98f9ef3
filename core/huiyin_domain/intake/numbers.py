"""Display numbers: what people read and type of a case; it says where and when, and nothing of the person."""

from datetime import datetime
from uuid import UUID

from huiyin_domain.dates import local_date
from huiyin_domain.directory import NOWHERE, county_of

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 8
"""Forty bits of chance: of 20,000 days with 10,000 filings each in one place, one has a repetition."""


def display_number(division: str, registered: datetime, case_id: str) -> str:
    """Place down to the county, day in Asia/Shanghai and chance, such as HY990101-20261123-7F3K2Q9M.

    It stays as it was printed, also when the place is settled later: 000000 stands for one not known then.

    The chance is the end of the case's UUIDv7 in Crockford's base 32, which has no I, L, O or U to misread.
    """
    return f"HY{county_of(division) or NOWHERE}-{local_date(registered):%Y%m%d}-{_chance(case_id)}"


def _chance(case_id: str) -> str:
    bits = UUID(case_id).int
    return "".join(_CROCKFORD[bits >> 5 * place & 31] for place in reversed(range(_LETTERS)))
