"""Cases told act by act, day by day, for tests of figures; and what they add together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.cases.fold import Case, CaseFold
from huiyin_domain.decider import Fact
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.derive import contributions
from huiyin_domain.figures.table import BY_NAME
from huiyin_domain.figures.value import Value, counted, value_of
from tests.unit.clocks.story import COURT, HOUSING, OFFICE, TIMETABLE, TRANSPORT, noon, stamp

__all__ = ["COURT", "HOUSING", "OFFICE", "TRANSPORT", "Life", "Town", "noon"]

FOLD = CaseFold()
_SPACE = UUID(int=11)


def case_id(number: int) -> str:
    """The id of a case; a later one is greater, as ids made at registration are."""
    return f"01890000-0000-7000-8000-{number:012d}"


@dataclass
class Town:
    """The four logs of a place, with the cases told so far."""

    facts: list[Fact] = field(default_factory=list)

    def record(self, case: str, day: str, event: Message, stream: str = "") -> None:
        """An event of a case on a day."""
        stream = stream or f"petition-{case}"
        context = event.DESCRIPTOR.file.package.split(".")[1]
        version = 1 + sum(fact.stream == stream for fact in self.facts)
        fact = Fact(
            context=context,
            log=f"{context}@990000",
            position=1 + sum(fact.context == context for fact in self.facts),
            stream=stream,
            version=version,
            event_id=str(uuid5(_SPACE, f"{stream}:{version}")),
            recorded=noon(day),
            occurred=noon(day),
            case_ids=(case,),
            causes=(),
            event=event,
        )
        self.facts.append(fact)

    def states(self, facts: Iterable[Fact] | None = None) -> dict[str, Case]:
        """The states of all cases."""
        return folded(self.facts if facts is None else facts)

    def contributions(self) -> list[Contribution]:
        """What all cases add."""
        states = self.states().values()
        return [one for state in states for one in contributions(state, TIMETABLE)]

    def figure(self, name: str, day: str, unit: str = "", month: str = "") -> Value:
        """A figure as of a day, of one unit or all, of one month or all."""
        chosen = [one for one in self.contributions() if unit in ("", one.unit) and month in ("", one.month)]
        figure = BY_NAME[name]
        return value_of(figure, counted(chosen, noon(day)).get(figure.measure, {}))

    def only(self, measure: Measure) -> Contribution:
        """The only contribution to a measure."""
        [found] = [one for one in self.contributions() if one.measure is measure]
        return found


def folded(facts: Iterable[Fact]) -> dict[str, Case]:
    """States by case, of facts in this order."""
    states: dict[str, Case] = {}
    for fact in facts:
        for key in FOLD.keys(fact):
            states[key] = FOLD.evolve(states.get(key) or FOLD.initial(), fact)
    return states


class Life:
    """One case; each act returns the life, so that acts can be told one after the other."""

    def __init__(self, town: Town, number: int, received: str, **fields: object) -> None:
        self.town, self.case = town, case_id(number)
        given: dict[str, object] = {
            "case_id": self.case,
            "division": "990101",
            "unit": OFFICE,
            "petition_office": True,
            "person_count": 1,
            "received_time": stamp(received),
        }
        self._record(received, intake.PetitionRegistered(**(given | fields)))  # type: ignore[arg-type] # by name

    def _record(self, day: str, event: Message, stream: str = "") -> "Life":
        self.town.record(self.case, day, event, stream)
        return self

    def other(self, day: str, event: Message, stream: str = "") -> "Life":
        """Any other event."""
        return self._record(day, event, stream)

    def classified(
        self,
        day: str,
        kind: types.PetitionClass.ValueType = types.PETITION_CLASS_CLAIM,
        route: types.Route.ValueType = types.ROUTE_PETITION,
        accused: Iterable[str] = (),
    ) -> "Life":
        """An officer's classification; a claim of the petition procedure unless said otherwise."""
        event = intake.PetitionClassified(petition_class=kind, route=route, accused_units=list(accused))
        return self._record(day, event)

    def handed(self, day: str, unit: str = HOUSING, handover: str = "h1", due: str = "") -> "Life":
        """转送, or 交办 with a last day."""
        kind = types.HANDOVER_KIND_REFERRAL if due else types.HANDOVER_KIND_TRANSFER
        event = intake.PetitionHandedOver(
            handover_id=handover, kind=kind, to_unit=unit, due_date=due, handed_over_time=stamp(day)
        )
        return self._record(day, event)

    def accepted(self, day: str, unit: str = HOUSING) -> "Life":
        """受理; responsibility moves with it."""
        self._record(day, intake.ResponsibilityMoved(to_unit=unit, basis=types.MOVE_BASIS_ACCEPTANCE))
        return self._record(day, intake.PetitionAccepted(unit=unit, accepted_time=stamp(day)))

    def notified(self, day: str, unit: str = HOUSING) -> "Life":
        """告知."""
        return self._record(day, intake.ReceiptNotified(unit=unit, served_time=stamp(day)))

    def extended(self, day: str, days: int) -> "Life":
        """延期, approved and told on the same day."""
        self._record(day, intake.ExtensionApproved(extension_days=days))
        return self._record(day, intake.ExtensionNotified(served_time=stamp(day)))

    def opined(
        self, day: str, outcome: types.OpinionOutcome.ValueType = types.OPINION_OUTCOME_EXPLAINED
    ) -> "Life":
        """处理意见."""
        return self._record(day, intake.OpinionIssued(opinion_id=f"o{day}", outcome=outcome))

    def served(self, day: str) -> "Life":
        """送达."""
        return self._record(day, intake.OpinionServed(opinion_id="o", served_time=stamp(day)))

    def closed(self, day: str) -> "Life":
        """办结."""
        return self._record(day, intake.PetitionClosed(kind=types.CLOSING_KIND_ANSWERED))

    def rated(
        self,
        day: str,
        office: types.Rating.ValueType = types.RATING_UNSPECIFIED,
        unit: types.Rating.ValueType = types.RATING_UNSPECIFIED,
        way: types.RatingWay.ValueType = types.RATING_WAY_UNSPECIFIED,
    ) -> "Life":
        """评价 of both bodies, or of one."""
        return self._record(day, intake.PetitionRated(office_rating=office, unit_rating=unit, way=way))

    def declined(self, day: str, same_case_id: str = "") -> "Life":
        """不予受理."""
        return self._record(day, intake.PetitionNotAccepted(same_case_id=same_case_id))

    def same_as(self, day: str, other: "Life", kind: types.LinkKind.ValueType | None = None) -> "Life":
        """An officer finds it to be the same matter as another case."""
        link = types.LINK_KIND_SAME_MATTER if kind is None else kind
        return self._record(day, intake.CaseLinked(other_case_id=other.case, kind=link))

    def review_asked(self, day: str) -> "Life":
        """请求复查."""
        event = intake.ReviewRequested(
            review_id="v1", level=types.REVIEW_LEVEL_REVIEW, organ="government", requested_time=stamp(day)
        )
        return self._record(day, event)


def pieces(**counts: int) -> tuple[tuple[Piece, int], ...]:
    """Counts by the names of pieces, as a value holds them."""
    return tuple(sorted((Piece(name), count) for name, count in counts.items()))
