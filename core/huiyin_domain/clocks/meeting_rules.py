"""The time that all have for a joint meeting: no law names one, the platform does.

A meeting gives its participants sight of cases and keeps cases waiting: none of its points is without
somebody who has to act, until it is closed or withdrawn.
"""

from huiyin_domain.authority import SIGNING_WORKING_DAYS
from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Rule, Text, platform
from huiyin_domain.codes import Verification

CONVENING_WORKING_DAYS = 5
"""How long a centre has to call the meeting that the responsible unit asked it for."""

BINDING_WORKING_DAYS = SIGNING_WORKING_DAYS + 5
"""How long a convener has from its proposal: as long as participants may take to speak, and five more."""

_STEP = DaySpan(15)
"""How long a convener has for each other step of its meeting."""

_BASIS = platform("第十二条、第十三条", "Arts. 12, 13")
_OFF = frozenset({Milestone.MEETING_WITHDRAWN, Milestone.MEETING_RESUMED, Milestone.SEAT_LOST})
"""It is called off, or begins anew, or whose step it is may not sit any more."""

_STEPS = frozenset(
    {
        Milestone.MEETING_CONVENED,
        Milestone.MEETING_RESUMED,
        Milestone.MEETING_OPENED,
        Milestone.RESOLUTION_TO_BIND,
        Milestone.RESOLUTION_BOUND,
    }
)
"""By which a convener goes on: after a move of responsibility a centre is asked anew for the same meeting."""

MEETING_RULES: tuple[Rule, ...] = (
    Rule(
        "M2",
        basis=_BASIS,
        since=Text("提出决议", "the proposal"),
        act=Text("会签决议或者记名表示不同意", "sign the resolution or dissent by name"),
        starts=frozenset({Milestone.RESOLUTION_PROPOSED}),
        stops=frozenset({Milestone.RESOLUTION_SPOKEN}),
        voids=frozenset({Milestone.RESOLUTION_OVER, Milestone.SEAT_LOST}),
        span=DaySpan(SIGNING_WORKING_DAYS, SpanUnit.WORKING_DAY),
        each_unit=True,
    ),
    Rule(
        "M3",
        basis=_BASIS,
        since=Text("提出决议", "the proposal"),
        act=Text(
            "使决议生效、另行提出决议或者结束会议", "bind the resolution, propose anew, or close the meeting"
        ),
        starts=frozenset({Milestone.RESOLUTION_TO_BIND}),
        stops=frozenset({Milestone.RESOLUTION_BOUND, Milestone.RESOLUTION_TO_BIND, Milestone.MEETING_CLOSED}),
        voids=_OFF,
        span=DaySpan(BINDING_WORKING_DAYS, SpanUnit.WORKING_DAY),
        each_unit=True,
        verification=Verification.DERIVED,
    ),
    Rule(
        "M4",
        basis=_BASIS,
        since=Text("召集", "its being called"),
        act=Text("召开或者结束会议", "open the meeting, or close it"),
        starts=frozenset({Milestone.MEETING_CONVENED, Milestone.MEETING_RESUMED}),
        stops=frozenset({Milestone.MEETING_OPENED, Milestone.MEETING_CLOSED}),
        voids=_OFF,
        span=_STEP,
        each_unit=True,
        verification=Verification.DERIVED,
    ),
    Rule(
        "M5",
        basis=_BASIS,
        since=Text("收到请求", "the request"),
        act=Text("召集联席会议或者继续已召集的会议", "call the joint meeting, or go on with one it called"),
        starts=frozenset({Milestone.MEETING_REQUESTED}),
        stops=_STEPS,
        voids=frozenset({Milestone.REQUEST_MOOT, Milestone.MOVED, Milestone.CLOSED, Milestone.SEAT_LOST}),
        span=DaySpan(CONVENING_WORKING_DAYS, SpanUnit.WORKING_DAY),
        verification=Verification.DERIVED,
    ),
    Rule(
        "M6",
        basis=_BASIS,
        since=Text("召开", "its opening"),
        act=Text("提出决议或者结束会议", "propose a resolution, or close the meeting"),
        starts=frozenset({Milestone.MEETING_OPENED}),
        stops=frozenset({Milestone.RESOLUTION_TO_BIND, Milestone.MEETING_CLOSED}),
        voids=_OFF,
        span=_STEP,
        each_unit=True,
        verification=Verification.DERIVED,
    ),
    Rule(
        "M7",
        basis=_BASIS,
        since=Text("决议生效", "its binding"),
        act=Text("结束会议或者另行提出决议", "close the meeting, or propose anew"),
        starts=frozenset({Milestone.RESOLUTION_BOUND}),
        stops=frozenset({Milestone.RESOLUTION_TO_BIND, Milestone.MEETING_CLOSED}),
        voids=_OFF,
        span=_STEP,
        each_unit=True,
        verification=Verification.DERIVED,
    ),
)
