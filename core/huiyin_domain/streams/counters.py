"""Live counters: what each case adds to them now. Added up when they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from huiyin.insight.v1.types_pb2 import CaseCount
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_domain.cases import view as views
from huiyin_domain.cases.view import CaseView
from huiyin_domain.dates import local_date
from huiyin_domain.streams.entry import Entry, is_repeat
from huiyin_domain.streams.output import Output, Shown, Sink, load_shown
from huiyin_domain.streams.packing import pack, unpack


@dataclass(frozen=True, slots=True)
class Counted:
    """A case up to its event with this number. `registered` is the day, YYYY-MM-DD."""

    number: int = 0
    view: CaseView = field(default_factory=views.initial)
    registered: str = ""
    shown: Shown = field(default_factory=Shown)


class Counters:
    """States by case."""

    name = "counters"

    def keys(self, item: Entry) -> Sequence[str]:
        return (item.case_id,)

    def initial(self) -> Counted:
        return Counted()

    def evolve(self, state: Counted, item: Entry) -> Counted:
        if is_repeat(item, state.number):
            return state
        view = views.evolve(state.view, item.fact)
        registered = state.registered
        if item.is_petitions_own and isinstance(item.fact.event, PetitionRegistered):
            registered = local_date(item.fact.occurred).isoformat()
        return Counted(item.number, view, registered, state.shown.become(_shown(view, registered)))

    def outputs(self, before: Counted, after: Counted) -> list[Output]:
        known = None if after is before else before.shown
        return after.shown.outputs(Sink.COUNTERS, after.number, known)

    def dump(self, state: Counted) -> bytes:
        number, registered = str(state.number).encode(), state.registered.encode()
        return pack((number, registered, views.to_bytes(state.view), state.shown.dump()))

    def load(self, data: bytes) -> Counted:
        number, registered, view, shown = unpack(data)
        return Counted(int(number), views.from_bytes(view), registered.decode(), load_shown(shown))


def _shown(view: CaseView, registered: str) -> dict[str, bytes]:
    case_id = view.intake.filing.case_id
    if not case_id:
        return {}
    summary = views.summary(view)
    count = CaseCount(
        case_id=case_id,
        status=summary.status,
        unit=summary.responsible_unit,
        division=summary.division,
        channel=summary.channel,
        registered_date=registered,
    )
    return {case_id: count.SerializeToString(deterministic=True)}
