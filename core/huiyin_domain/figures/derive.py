"""From what is known of a case to everything it adds to figures; a function of events and timetable alone."""

from huiyin_domain.cases.fold import Case
from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.figures import conduct, duties, filing
from huiyin_domain.figures.contribution import Contribution
from huiyin_domain.figures.course import course_of


def contributions(
    case: Case, timetable: Timetable, derived: DerivedClocks | None = None
) -> tuple[Contribution, ...]:
    """What a case adds to every measure; nothing before its registration is known.

    `derived` knows clocks from before.
    """
    if not case.intake.petition.case_id:
        return ()
    course, running = course_of(case), (derived or DerivedClocks()).of(case.clocks, timetable)
    calendar = timetable.calendar_of(course.filed.division)
    return (
        *filing.filing(course),
        *filing.registration(course),
        *filing.outcome(course),
        *filing.acceptance(course),
        *filing.acceptance_days(course),
        *duties.notice(running),
        *duties.answer(course, running),
        *duties.closing(course, running),
        *conduct.ratings(course, calendar),
        *conduct.handovers(course),
        *conduct.support(course),
        *conduct.answer_days(course),
        *conduct.resolution(course, calendar),
    )
