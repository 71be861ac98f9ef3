"""Measures of duties with a last day, by the month of that day and of the unit that had to act.

They follow the case's clocks, so a due date means the same here as everywhere else (promise P4).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.course import CaseCourse, month_of

_NOTICE = frozenset({"T3", "T4"})
_HANDLING = frozenset({"T7", "T8"})
_CLOSING = frozenset({"T6", "T7", "T8"})


def notice(clocks: Sequence[Clock]) -> Iterator[Contribution]:
    """按期受理告知 [V-code S32]: notices of receipt, route and procedure (T3, T4), each duty once."""
    yield from _each(Measure.NOTICE, clocks, _NOTICE)


def closing(course: CaseCourse, clocks: Sequence[Clock]) -> Iterator[Contribution]:
    """按期办结 [V-code S32]: to finish by the day a referral names (T6) or the law sets (T7, T8)."""
    yield from _each(Measure.CLOSING, _but_withdrawn(course, clocks), _CLOSING)


def answer(course: CaseCourse, clocks: Sequence[Clock]) -> Iterator[Contribution]:
    """按期答复 [V-code S31]: first filings without litigation, each once, by its first period to handle it.

    A period that passed before more time was notified is answered late, if it is answered.
    """
    if not course.is_first or course.is_litigation:
        return
    found = list(_each(Measure.ANSWER, _but_withdrawn(course, clocks), _HANDLING))
    if not found:
        return
    answered_later = any(one.piece in (Piece.IN_TIME, Piece.LATE) for one in found[1:])
    if found[0].piece is Piece.OVERDUE and answered_later:
        found[0] = Contribution(Measure.ANSWER, found[0].unit, found[0].month, Piece.LATE)
    yield found[0]


def _but_withdrawn(course: CaseCourse, clocks: Sequence[Clock]) -> Sequence[Clock]:
    """The duties of a case that was withdrawn, or its end denied, are not kept by that [D]."""
    if not course.petition.unanswered:
        return clocks
    ended = (Milestone.CLOSED, Milestone.AGREED)
    return [one._replace(void=True) if one.end in ended else one for one in clocks]


def _each(measure: Measure, clocks: Sequence[Clock], rules: frozenset[str]) -> Iterator[Contribution]:
    for number, clock in enumerate(one for one in clocks if one.rule in rules):
        if piece := _piece(clock):
            open_until = clock.due_time if piece is Piece.NOT_YET_DUE else None
            yield Contribution(
                measure,
                clock.unit,
                month_of(_last_day(clock)),
                piece,
                number,
                due=open_until,
                piece_when_due=Piece.OVERDUE if open_until else None,
            )


def _last_day(clock: Clock) -> date:
    day = clock.rolled_due or clock.raw_due
    assert day is not None, f"{clock.rule} counts calendar days and has a raw last day"
    return day


def _piece(clock: Clock) -> Piece | None:
    """Where a duty stands, as the events alone tell; None when it fell away before its time came."""
    if clock.due_time is None:
        return _provisional(clock)
    if clock.stop_time is None:
        return Piece.NOT_YET_DUE
    in_time = clock.stop_time < clock.due_time
    if clock.void:
        return None if in_time else Piece.OVERDUE
    return Piece.IN_TIME if in_time else Piece.LATE


def _provisional(clock: Clock) -> Piece | None:
    """Without a calendar the last day may still move: only an act before the raw day is surely in time."""
    if clock.stop_time is None:
        return Piece.PROVISIONAL
    if clock.void:
        return None
    surely = clock.warning_time is not None and clock.stop_time < clock.warning_time
    return Piece.IN_TIME if surely else Piece.PROVISIONAL
