"""Measures of filings, by the month of receipt: repeats, what became of them, and acceptance in time.

A part split off from a case is no filing. The sources count from 登记时间; here it is 收到, from which the
periods of law run too (Arts. 22, 23) [D]: registering late must not improve a figure.
"""

from collections.abc import Iterator

from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import end_of_day, local_date, shifted
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.course import CaseCourse, month_of
from huiyin_domain.figures.value import ACCEPTANCE_DAYS, PERSON_COUNT_MAX

_PIECES = {
    Milestone.ACCEPTED: Piece.ACCEPTED,
    Milestone.DECLINED: Piece.DECLINED,
    Milestone.LED_IN: Piece.LED_IN,
    Milestone.JUDICIAL_TAKEN: Piece.LED_IN,
}


def filing(course: CaseCourse) -> Iterator[Contribution]:
    """重复件次 over 总件次 [V-code S31], of the unit that registered it."""
    if not course.is_part:
        piece = Piece.REPEAT if course.is_repeat else Piece.FIRST
        yield Contribution(Measure.FILING, course.filed.unit, month_of(course.received_date), piece)


def registration(course: CaseCourse) -> Iterator[Contribution]:
    """What of its registration a person has to settle, or has settled [D], of the unit that registered it."""
    if not course.is_part:
        settled = Piece.SETTLED if course.filed.doubted else Piece.PLAIN
        piece = Piece.TO_SETTLE if course.petition.doubts else settled
        yield Contribution(Measure.REGISTRATION, course.filed.unit, month_of(course.received_date), piece)


def outcome(course: CaseCourse) -> Iterator[Contribution]:
    """Registered but not accepted, beside what else became of it [D].

    Of the unit that decided; while nobody has, of the responsible one.
    """
    if not course.is_part:
        piece, unit = _decided(course)
        yield Contribution(Measure.COURSE, unit, month_of(course.received_date), piece)


def acceptance(course: CaseCourse) -> Iterator[Contribution]:
    """及时受理 [V-code S31]: earliest acceptance within 15 days; by the month in which these days end.

    First filings of 1 to 9999 persons, without litigation (涉法涉诉). Not restricted to channels: the numbers
    of the source's list are not verified. Of the unit that accepted; otherwise as in `outcome`. One that was
    declined or led in stays in the denominator, as the source has it, and is shown as what it is.
    """
    if not course.is_first or course.is_litigation:
        return
    if not 1 <= course.filed.person_count <= PERSON_COUNT_MAX:
        return
    last_day = shifted(course.received_date, ACCEPTANCE_DAYS)
    due, month = end_of_day(last_day), month_of(last_day)
    accepted = course.earliest_acceptance
    if accepted:
        piece = Piece.IN_TIME if accepted.time < due else Piece.LATE
        yield Contribution(Measure.ACCEPTANCE, accepted.unit, month, piece)
        return
    piece, unit = _decided(course)
    if piece is not Piece.UNDECIDED:
        yield Contribution(Measure.ACCEPTANCE, unit, month, piece)
        return
    yield Contribution(
        Measure.ACCEPTANCE, unit, month, Piece.NOT_YET_DUE, due=due, piece_when_due=Piece.OVERDUE
    )


def acceptance_days(course: CaseCourse) -> Iterator[Contribution]:
    """平均受理周期 [V-code S32]: days from receipt to the earliest acceptance, never below zero.

    By the month of receipt, so that what still waits is seen beside what was fast.
    """
    if course.is_part:
        return
    month, accepted = month_of(course.received_date), course.earliest_acceptance
    if accepted:
        days = max(0, (local_date(accepted.time) - course.received_date).days)
        yield Contribution(Measure.ACCEPTANCE_DAYS, accepted.unit, month, Piece.DONE, days=days)
    elif _decided(course)[0] is Piece.UNDECIDED:
        yield Contribution(Measure.ACCEPTANCE_DAYS, course.holder(), month, Piece.WAITING)


def _decided(course: CaseCourse) -> tuple[Piece, str]:
    """What was last decided on taking the matter, and by which unit; a declined one may be taken up again."""
    found = course.last(*_PIECES)
    if found is None:
        return Piece.UNDECIDED, course.holder()
    place, mark = found
    if mark.milestone is Milestone.DECLINED and course.first(Milestone.RETURNED, after=place):
        return Piece.UNDECIDED, course.holder()
    unit = mark.unit if mark.milestone is Milestone.ACCEPTED else course.holder(place)
    return _PIECES[mark.milestone], unit
