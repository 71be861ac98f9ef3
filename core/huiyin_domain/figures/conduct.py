"""What figures count of the conduct of units: ratings, objections, redos.

Scope (2014 办法, [V-part] S20): first filings; not those of litigation, led into another procedure, or not
fit to be public, which here are accusations [D].
"""

from collections.abc import Iterator, Mapping

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import Rating, RatingWay
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import end_of_day, local_date
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.course import CaseCourse, month_of
from huiyin_domain.figures.value import RATING_DAYS, RESOLUTION_MONTHS
from huiyin_domain.intake.records import GivenRating

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


def ratings(course: CaseCourse, calendar: Calendar) -> Iterator[Contribution]:
    """信访部门: a petition office that registered it. 责任单位: the responsible unit when it was answered."""
    served = course.first(Milestone.OPINION_SERVED)
    if served is None or not _in_scope(course):
        return
    place, _ = served
    given = course.petition.rating or GivenRating()
    if any(course.all(Milestone.RECEIVED_BY_OFFICE)):
        yield _rating(Measure.OFFICE_RATING, course, calendar, course.filed.unit, given.office)
    yield _rating(Measure.UNIT_RATING, course, calendar, course.holder(place), given.unit)
    yield from _way(course, place)


def _way(course: CaseCourse, place: int) -> Iterator[Contribution]:
    """By which way the rating came, by the unit that was rated: few by the petitioner's own tell [D]."""
    served, given = course.first(Milestone.OPINION_SERVED), course.petition.rating
    if served is None or not (given or course.petition.taken_back):
        return
    piece = _WAYS[given.way] if given else Piece.TAKEN_BACK
    month = month_of(local_date(served[1].time))
    yield Contribution(Measure.RATING_WAY, course.holder(place), month, piece)


def _in_scope(course: CaseCourse) -> bool:
    led_in = any(course.all(Milestone.LED_IN, Milestone.JUDICIAL_TAKEN))
    accusation = course.petition.petition_class == types.PETITION_CLASS_ACCUSATION
    return course.is_first and not (course.is_litigation or accusation or led_in)


def _rating(
    measure: Measure, course: CaseCourse, calendar: Calendar, unit: str, rating: Rating.ValueType
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


_ANSWERED = (Milestone.OPINION_ISSUED, Milestone.CLOSED)
_LED_AWAY = (Milestone.DECLINED, Milestone.LED_IN, Milestone.JUDICIAL_TAKEN)


def handovers(course: CaseCourse) -> Iterator[Contribution]:
    """Every hand-over, and what came of an objection to it [D]: of the unit it went to, by its month."""
    for number, (_, sent) in enumerate(course.all(Milestone.HANDED_OVER)):
        handover = dict(sent.keys).get("handover", "")
        month = month_of(local_date(sent.time))
        yield Contribution(Measure.HANDOVER, sent.unit, month, _objection(course, handover), number)


_OBJECTIONS = (Milestone.OBJECTED, Milestone.OBJECTION_UPHELD, Milestone.OBJECTION_REFUSED)


def _objection(course: CaseCourse, handover: str) -> Piece:
    about = {
        one.milestone for _, one in course.all(*_OBJECTIONS) if dict(one.keys).get("handover") == handover
    }
    if Milestone.OBJECTED not in about:
        return Piece.NOT_OBJECTED
    if Milestone.OBJECTION_UPHELD in about:
        return Piece.OBJECTION_UPHELD
    return Piece.OBJECTION_REFUSED if Milestone.OBJECTION_REFUSED in about else Piece.OBJECTION_OPEN


def support(course: CaseCourse) -> Iterator[Contribution]:
    """支持 opinions, or reviews in their place, and whether they were carried out (Art. 32(2)) [D]: the last.

    Of the unit that issued it, by the month in which it did.
    """
    issued, answer = course.last(Milestone.OPINION_ISSUED), course.petition.answer
    if issued is None or answer is None or not answer.supports:
        return
    place, mark = issued
    piece = Piece.EXECUTED if answer.executed else Piece.NOT_EXECUTED
    yield Contribution(Measure.SUPPORT, course.holder(place), month_of(local_date(mark.time)), piece)


def answer_days(course: CaseCourse) -> Iterator[Contribution]:
    """平均答复周期 [V-code S32]: days from acceptance to the first answer after it, never below zero.

    By the month of acceptance, so that what still waits is seen beside what was fast. What was withdrawn
    before an answer had none.
    """
    begun = course.first(Milestone.HANDLING_BEGUN)
    if begun is None:
        return
    place, mark = begun
    accepted = local_date(mark.time)
    withdrawn = course.petition.unanswered
    answered = course.first(*(_ANSWERED[:1] if withdrawn else _ANSWERED), after=place)
    if answered:
        days = max(0, (local_date(answered[1].time) - accepted).days)
        unit = course.holder(answered[0])
        yield Contribution(Measure.ANSWER_DAYS, unit, month_of(accepted), Piece.DONE, days=days)
    elif _in_hand(course) and not withdrawn:
        yield Contribution(Measure.ANSWER_DAYS, course.holder(), month_of(accepted), Piece.WAITING)


def _in_hand(course: CaseCourse) -> bool:
    latest = course.last(Milestone.HANDLING_BEGUN, *_LED_AWAY)
    return latest is not None and latest[1].milestone is Milestone.HANDLING_BEGUN


def resolution(course: CaseCourse, calendar: Calendar) -> Iterator[Contribution]:
    """一次性化解 [D]: first filings, by the month in which six months since closing are over.

    Settled at once: no review asked for within these months, and the same matter not filed again. A repeat
    counts whenever an officer found it, since the finding's day is not the day of filing. What was withdrawn,
    or ended with a death, is settled for nobody and counts neither way.
    """
    closed = course.first(Milestone.CLOSED)
    if closed is None or not course.is_first or course.petition.unanswered:
        return
    place, mark = closed
    last_day = calendar.add_months(local_date(mark.time), RESOLUTION_MONTHS).raw
    until = end_of_day(last_day)
    asked = course.all(Milestone.REVIEW_ASKED, Milestone.RE_REVIEW_ASKED)
    reviewed = any(at > place and one.time < until for at, one in asked)
    piece = Piece.REVIEWED if reviewed else Piece.REPEATED if course.is_repeated else Piece.RESOLVED
    yield Contribution(
        Measure.RESOLUTION,
        course.holder(place),
        month_of(last_day),
        Piece.WAITING,
        due=until,
        piece_when_due=piece,
    )
