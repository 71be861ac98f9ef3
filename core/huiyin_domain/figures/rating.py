"""Ratings of both bodies, by the month in which the answer was served. Unrated is never satisfied.

Scope (2014 办法, [V-part] S20): first filings; not those of litigation, led into another procedure, or not
fit to be public, which here are accusations [D].
"""

from collections.abc import Iterator, Mapping

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import Rating, RatingWay
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import local_date
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.course import Course, month_of
from huiyin_domain.figures.numbers import RATING_DAYS

_PIECES: Mapping[Rating.ValueType, Piece] = {
    types.RATING_SATISFIED: Piece.SATISFIED,
    types.RATING_MOSTLY_SATISFIED: Piece.MOSTLY_SATISFIED,
    types.RATING_NOT_SATISFIED: Piece.NOT_SATISFIED,
}

_WAYS: Mapping[RatingWay.ValueType, Piece] = {
    types.RATING_WAY_WEB: Piece.BY_WEB,
    types.RATING_WAY_TERMINAL: Piece.BY_TERMINAL,
    types.RATING_WAY_UNSPECIFIED: Piece.BY_AGENCY,
}


def ratings(course: Course, calendar: Calendar) -> Iterator[Contribution]:
    """信访部门: a petition office that registered it. 责任单位: the responsible unit when it was answered."""
    served = course.first(Milestone.OPINION_SERVED)
    if served is None or not _in_scope(course):
        return
    place, _ = served
    if any(course.all(Milestone.RECEIVED_BY_OFFICE)):
        yield _rating(Measure.OFFICE_RATING, course, calendar, course.case.unit, course.case.office_rating)
    yield _rating(Measure.UNIT_RATING, course, calendar, course.holder(place), course.case.unit_rating)
    yield from _way(course, place)


def _way(course: Course, place: int) -> Iterator[Contribution]:
    """By which way the rating came, by the unit that was rated: few by the petitioner's own tell [D]."""
    served = course.first(Milestone.OPINION_SERVED)
    if served is None or not (course.case.rated or course.case.taken_back):
        return
    piece = _WAYS[course.case.rating_way] if course.case.rated else Piece.TAKEN_BACK
    month = month_of(local_date(served[1].time))
    yield Contribution(Measure.RATING_WAY, course.holder(place), month, piece)


def _in_scope(course: Course) -> bool:
    led_in = any(course.all(Milestone.LED_IN, Milestone.JUDICIAL_TAKEN))
    return course.is_first and not (course.case.litigation or course.case.accusation or led_in)


def _rating(
    measure: Measure, course: Course, calendar: Calendar, unit: str, rating: Rating.ValueType
) -> Contribution:
    """Awaited for the days of T19, moved past days off in the petitioner's favour; then 超期未评价.

    One given later still counts as given: the platform does not turn it away.
    """
    served = course.first(Milestone.OPINION_SERVED)
    assert served is not None, "ratings() asks for served answers alone"
    day = local_date(served[1].time)
    if piece := _PIECES.get(rating):
        return Contribution(measure, unit, month_of(day), piece)
    due = calendar.add_calendar_days(day, RATING_DAYS).due_time
    return Contribution(
        measure, unit, month_of(day), Piece.AWAITED, due=due, piece_when_due=Piece.EXPIRED if due else None
    )
