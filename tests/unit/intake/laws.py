"""What holds of every petition's history, judged from its events alone, without the fold under test."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE, TRACK_UNSPECIFIED
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types

History = Sequence[Message]
Outcome = events.ResolutionItemApplied | events.ResolutionItemRefused


def registered(history: History) -> Iterator[str]:
    """P1: registration comes first and once; what is not accepted says why, who, and what can be done."""
    for number, event in enumerate(history):
        if isinstance(event, events.PetitionRegistered) != (number == 0):
            yield f"event {number} is {event.DESCRIPTOR.name}"
        if isinstance(event, events.PetitionNotAccepted):
            accounted = (
                event.code and event.HasField("reasons") and event.HasField("remedy") and event.officer
            )
            if not accounted:
                yield f"event {number} does not account for the non-acceptance"


def one_holder(history: History) -> Iterator[str]:
    """P2: responsibility moves from the one holder, the epoch rises by one, and only the holder acts."""
    holder, epoch = "", 0
    for number, event in enumerate(history):
        if isinstance(event, events.PetitionRegistered):
            holder, epoch = event.unit, 1
        elif isinstance(event, events.ResponsibilityMoved):
            if event.from_unit != holder or event.epoch != epoch + 1 or not event.to_unit:
                yield f"event {number} moves {holder}/{epoch} as {event.from_unit}/{event.epoch}"
            holder, epoch = event.to_unit, event.epoch
        elif isinstance(event, events.PetitionAccepted) and event.unit != holder:
            yield f"event {number} is accepted by {event.unit}, not by {holder}"


def one_track(history: History) -> Iterator[str]:
    """P3: every case has one track from classification on, fixed by acceptance, unless it
    turns out to be an accusation; a part has another one."""
    track, accepted = TRACK_UNSPECIFIED, False
    for number, event in enumerate(history):
        if isinstance(event, events.PetitionClassified):
            fixed = accepted and event.track not in (track, TRACK_DISCIPLINE)
            if event.track == TRACK_UNSPECIFIED or fixed:
                yield f"event {number} puts the case into track {event.track}"
            accepted = accepted and event.track == track
            track = event.track
        elif isinstance(event, events.PetitionAccepted):
            accepted = True
        elif isinstance(event, events.ResponsibilityMoved):
            accepted = False
        elif isinstance(event, events.PetitionSplit) and event.track == track:
            yield f"event {number} splits off a part of the same track"


def answered_before_closed(history: History) -> Iterator[str]:
    """Nothing is closed without a served answer, or before what it or its review supported is carried out."""
    last: events.OpinionIssued | None = None
    served: set[str] = set()
    outcome, executed = types.OPINION_OUTCOME_UNSPECIFIED, False
    for number, event in enumerate(history):
        if isinstance(event, events.OpinionIssued):
            last, outcome, executed = event, event.outcome, False
        elif isinstance(event, events.ReviewDecided) and event.new_outcome:
            outcome, executed = event.new_outcome, False
        elif isinstance(event, events.OpinionServed):
            served.add(event.opinion_id)
        elif isinstance(event, events.SupportExecuted) and not event.agreement:
            executed = True
        elif isinstance(event, events.PetitionClosed):
            needs_none = event.kind in _GROUNDS.values() or event.HasField("document")
            if not needs_none and (last is None or last.opinion_id not in served):
                yield f"event {number} closes without a served answer"
            elif outcome == types.OPINION_OUTCOME_SUPPORTED and not executed:
                yield f"event {number} closes before execution"


_GROUNDS: Mapping[type[Message], int] = {
    events.AgreementReached: types.CLOSING_KIND_AGREEMENT,
    events.WithdrawalConfirmed: types.CLOSING_KIND_WITHDRAWN,
    events.PetitionerDied: types.CLOSING_KIND_PETITIONER_DIED,
}
"""Kinds of closing that need no answer, each with what it rests on."""


def closed_on_its_ground(history: History) -> Iterator[str]:
    """An agreement, a confirmed withdrawal, a death; none any more once the petition goes on."""
    grounds: set[int] = set()
    for number, event in enumerate(history):
        if isinstance(event, events.PetitionContinued):
            grounds = set()
        elif type(event) in _GROUNDS:
            grounds.add(_GROUNDS[type(event)])
        elif isinstance(event, events.PetitionClosed) and event.kind in set(_GROUNDS.values()) - grounds:
            yield f"event {number} closes without its ground"


def extended_at_most_30_days(history: History) -> Iterator[str]:
    """Art. 34: 30 days in all."""
    days = sum(event.extension_days for event in history if isinstance(event, events.ExtensionApproved))
    if days > 30:
        yield f"{days} days of extension"


def reviewed_by_others(history: History) -> Iterator[str]:
    """No officer of the handling unit reviews (domain rules 11.4); officers here are named by agency."""
    handled = {event.officer for event in history if isinstance(event, events.OpinionIssued)}
    for event in history:
        if isinstance(event, events.ReviewDecided) and event.officer in handled:
            yield f"{event.officer} handled and reviewed"


def rated_once(history: History) -> Iterator[str]:
    """A rating is given once, unless it was taken back."""
    stands = False
    for number, event in enumerate(history):
        if isinstance(event, events.PetitionRated) and stands:
            yield f"event {number} rates again"
        if isinstance(event, (events.PetitionRated, events.RatingTakenBack)):
            stands = isinstance(event, events.PetitionRated)


LAWS: tuple[Callable[[History], Iterator[str]], ...] = (
    registered,
    one_holder,
    one_track,
    answered_before_closed,
    closed_on_its_ground,
    extended_at_most_30_days,
    reviewed_by_others,
    rated_once,
)


def bound_is_bound(histories: Sequence[History]) -> Iterator[str]:
    """P6: of a resolution's items all are applied or none, and each is settled once."""
    outcomes: dict[str, list[Outcome]] = {}
    for event in (event for history in histories for event in history):
        if isinstance(event, Outcome):
            outcomes.setdefault(event.resolution_id, []).append(event)
    for resolution_id, settled in outcomes.items():
        if len({type(event) for event in settled}) > 1:
            yield f"resolution {resolution_id} is applied in part"
        if len({event.item_id for event in settled}) < len(settled):
            yield f"resolution {resolution_id} settles an item twice"
