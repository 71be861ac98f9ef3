"""Calendars that reach, for tests that count working days from the real today: the product guesses none."""

from datetime import UTC, date, datetime, timedelta

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.codes import Verification
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.policy import policy_of
from huiyin_kernel.policy import load_policy
from huiyin_store.port import WorldClock
from tests.support.calling import agency, info
from tests.support.invented_year import SOURCE
from tests.support.platform import Platform, eventually

PROVINCE = agency(OrganisationKind.PETITION_OFFICE, "990000")
DAYS = 200
"""How far from today tests count."""


def missing_years(today: date) -> list[int]:
    """Years that tests may come to and no calendar is shipped for."""
    known = {year.year for year in load_policy().timetable.calendar.years}
    return sorted({today.year, (today + timedelta(days=DAYS)).year} - known)


def plain_year(year: int) -> YearCalendar:
    """A year with New Year's Day off, and nothing else."""
    off = frozenset({date(year, 1, 1)})
    return YearCalendar(year, f"{year}.plain", Verification.DERIVED, SOURCE, off, frozenset())


async def lay_down_years_to_come(platform: Platform, clock: WorldClock | None = None) -> None:
    """Loads what is missing, as an administrator does it, and waits until clocks are counted by it."""
    administrator = platform.employ(PROVINCE, Role.ADMINISTRATOR, clock=clock)
    async with platform.client(administrator) as client:
        for year in missing_years(datetime.now(UTC).date()):
            request = supervision.ApplyPolicyRequest(
                info=info(), policy=policy_of(plain_year(year)), replaced_digests=[""]
            )
            applied = await client.supervision.ApplyPolicy(request)
            page = supervision.ListAmendedClocksRequest(policy_id=applied.policy_id)

            async def counted(page: supervision.ListAmendedClocksRequest = page) -> bool:
                return bool((await client.supervision.ListAmendedClocks(page)).complete)

            await eventually(counted, f"clocks counted by {year}")
