"""A small policy by hand: agencies of invented divisions, two conferences, codes, the calendar of 2026."""

from collections.abc import Iterator
from datetime import date, timedelta

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Code, CodeTable, CodeTables, Verification
from huiyin_domain.context import Limits, Policy
from huiyin_domain.directory import Directory, Organisation, OrganisationKind

PROVINCE, CITY, COUNTY = "province", "city", "county"
CITY_OFFICE, OFFICE = "city-office", "county-office"
HOUSING, LABOUR = "county-housing", "county-labour"
COURT, DISCIPLINE = "county-court", "county-discipline"
STRANGER = "other-county-office"
CONFERENCE, CITY_CONFERENCE, AUDIT_BODY = "county-conference", "city-conference", "province-audit"
CENTRE, LABOURS_CENTRE = "county-centre", "labours-centre"
"""Joint reception centres: run by OFFICE, and by LABOUR."""

_KIND = OrganisationKind
_AGENCIES = (
    (PROVINCE, _KIND.GOVERNMENT, "990000", ""),
    (CITY, _KIND.GOVERNMENT, "990100", PROVINCE),
    (COUNTY, _KIND.GOVERNMENT, "990101", CITY),
    (CITY_OFFICE, _KIND.PETITION_OFFICE, "990100", CITY),
    (OFFICE, _KIND.PETITION_OFFICE, "990101", COUNTY),
    (HOUSING, _KIND.DEPARTMENT, "990101", COUNTY),
    (LABOUR, _KIND.DEPARTMENT, "990101", COUNTY),
    (COURT, _KIND.COURT, "990101", ""),
    (DISCIPLINE, _KIND.DISCIPLINE, "990101", ""),
    (STRANGER, _KIND.PETITION_OFFICE, "990102", CITY),
    (AUDIT_BODY, _KIND.AUDIT, "990000", ""),
    (CENTRE, _KIND.CENTRE, "990101", COUNTY),
    (LABOURS_CENTRE, _KIND.CENTRE, "990101", COUNTY),
)
_CONFERENCES = ((CONFERENCE, "990101", OFFICE), (CITY_CONFERENCE, "990100", CITY_OFFICE))
_OPERATORS = {CENTRE: (OFFICE,), LABOURS_CENTRE: (LABOUR,)}

DIRECTORY = Directory(
    [
        *(
            Organisation(code, code, code, kind, division, superior, _OPERATORS.get(code, ()))
            for code, kind, division, superior in _AGENCIES
        ),
        *(
            Organisation(code, code, code, _KIND.CONFERENCE, division, office=office)
            for code, division, office in _CONFERENCES
        ),
    ],
    "test",
)


def _days(*spans: tuple[str, str]) -> Iterator[date]:
    for first, last in spans:
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        while day <= end:
            yield day
            day += timedelta(days=1)


_HOLIDAYS = (
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
)
_WORKDAYS = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")

CALENDAR = Calendar(
    [
        YearCalendar(
            year=2026,
            version="2026-test",
            verification=Verification.VERIFIED,
            source="State Council notice of 2025-11-04",
            holidays=frozenset(_days(*_HOLIDAYS)),
            workdays=frozenset(date.fromisoformat(day) for day in _WORKDAYS),
        )
    ]
)


def _table(name: str, *codes: str) -> CodeTable:
    return CodeTable(name, "test", "invented", {code: Code(code, code) for code in codes})


CODES = CodeTables(
    channels=_table("channel", "letter", "visit", "web", "phone", "fax"),
    purposes=_table("purpose", "claim", "suggestion"),
    content_classes=_table("content_class", "010100", "020200"),
    divisions=_table("division", "990000", "990100", "990101", "990102"),
    sources=_table("source", "import", "other"),
)

TIMETABLE = Timetable(CALENDAR)

POLICY = Policy(DIRECTORY, CODES, TIMETABLE, Limits())
