"""Timelines made up from a seed: filings on few matters in few places, each carried through a course."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.likeness import MINIMA, SCHEME
from huiyin_kernel.codec import timestamp

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
INTAKE = "intake@990000"
OFFICE, BUREAU, OTHER = "11990100000000123K", "119900000000000350", "11990000000000043T"
AGENCIES = (OFFICE, BUREAU, OTHER)
PLACES = ("990101", "990102", "990101001000")
CLASSES = ("020500", "030100", "")
MATTERS = 4


def identity(*parts: object) -> str:
    """The same UUID for the same parts."""
    return str(UUID(int=random.Random("/".join(map(str, parts))).getrandbits(128), version=4))


class Timelines:
    """Makes timelines; the same from the same seed."""

    def __init__(
        self, seed: int, *, persons: int = 40, span_days: float = 60.0, places: Sequence[str] = PLACES
    ) -> None:
        self._random, self._places = random.Random(seed), tuple(places)
        self._seed, self._persons, self._span = seed, persons, span_days
        self._matters = [self._minima() for _ in range(MATTERS)]
        self._numbers: Counter[str] = Counter()
        self._positions: Counter[str] = Counter()
        self._sequence = 0

    def entries(self, cases: int) -> list[CaseEvent]:
        """The entries of this many new cases, mixed; in the order and with the places of a timeline."""
        begun = sum(1 for _ in self._numbers)
        courses = {name: iter(self.course(name)) for name in map(self._case, range(begun, begun + cases))}
        return list(self._mixed(courses))

    def _mixed(self, courses: dict[str, Iterator[Message]]) -> Iterator[CaseEvent]:
        open_cases = list(courses)
        while open_cases:
            case_id = self._random.choice(open_cases[:20])
            message = next(courses[case_id], None)
            if message is None:
                open_cases.remove(case_id)
            else:
                yield self.entry(case_id, message)
                if self._random.random() < 0.1:
                    yield self.sent_again(case_id, message)

    def _case(self, number: int) -> str:
        return identity(self._seed, "case", number)

    def entry(self, case_id: str, message: Message) -> CaseEvent:
        """The next entry of a case."""
        self._sequence += 1
        self._numbers[case_id] += 1
        number = self._numbers[case_id]
        recipients = self._random.sample(AGENCIES, self._random.randint(0, len(AGENCIES)))
        event = self._event(case_id, message, number)
        return CaseEvent(
            case_id=case_id,
            number=number,
            sequence=self._sequence,
            event=event,
            recipients=sorted(recipients),
        )

    def sent_again(self, case_id: str, message: Message) -> CaseEvent:
        """The last entry of a case once more, for an agency entitled since."""
        self._sequence += 1
        number = self._numbers[case_id]
        event = self._event(case_id, message, number)
        return CaseEvent(
            case_id=case_id,
            number=number,
            sequence=self._sequence,
            event=event,
            recipients=[self._random.choice(AGENCIES)],
            catch_up=True,
        )

    def _event(self, case_id: str, message: Message, number: int) -> Event:
        self._positions[INTAKE] += 1
        when = timestamp(START + timedelta(seconds=self._positions[INTAKE]))
        event = Event(
            event_id=identity(self._seed, case_id, number),
            log=INTAKE,
            position=self._positions[INTAKE],
            stream=f"petition-{case_id}",
            version=number,
            type=message.DESCRIPTOR.full_name,
            recorded_time=when,
            occurred_time=when,
            metadata=EventMetadata(case_ids=[case_id]),
        )
        event.payload.Pack(message)
        return event

    def course(self, case_id: str) -> Sequence[Message]:
        """The events of one case: registered, perhaps classified, more than once too, accepted, answered."""
        draw = self._random.random
        steps: list[Message] = [self.registered(case_id)]
        while len(steps) < 4 and draw() < 0.6:
            steps.append(self._classified())
        if len(steps) > 1:
            steps += [_accepted(), *_answered(case_id)][: self._random.randint(0, 4)]
        return steps

    def registered(self, case_id: str, **fields: object) -> intake.PetitionRegistered:
        """A filing on one of the matters, from one of the persons."""
        draw = self._random
        sketched = draw.random() < 0.9
        given: dict[str, object] = {
            "case_id": case_id,
            "display_number": f"HY-{case_id[:8]}",
            "channel": draw.choice(("web", "letter", "visit")),
            "received_time": timestamp(START - timedelta(days=draw.random() * self._span)),
            "person_id": identity(self._seed, "person", draw.randrange(self._persons)),
            "division": draw.choice(self._places),
            "content_class": draw.choice(CLASSES),
            "person_count": 1,
            "anonymous": draw.random() < 0.2,
            "unit": OFFICE,
            "petition_office": True,
            "issue_sketch": self.sketch() if sketched else None,
        }
        return intake.PetitionRegistered(**(given | fields))  # type: ignore[arg-type] # fields by name

    def sketch(self) -> IssueSketch:
        """A sketch like that of one of the matters."""
        like = self._random.choice(self._matters)
        shares = self._random.uniform(0.3, 1.0)
        minima = [one if self._random.random() < shares else self._minimum() for one in like]
        return IssueSketch(scheme=SCHEME, minima=b"".join(minima), term_count=20)

    def _minima(self) -> list[bytes]:
        return [self._minimum() for _ in range(MINIMA)]

    def _minimum(self) -> bytes:
        return self._random.randbytes(4)

    def _classified(self) -> intake.PetitionClassified:
        accusation = self._random.random() < 0.1
        return intake.PetitionClassified(
            petition_class=types.PETITION_CLASS_ACCUSATION if accusation else types.PETITION_CLASS_CLAIM,
            route=types.ROUTE_PETITION,
            track=common.TRACK_ADMINISTRATIVE,
            content_class=self._random.choice(CLASSES),
        )


def _accepted() -> intake.PetitionAccepted:
    return intake.PetitionAccepted(unit=OFFICE)


def _answered(case_id: str) -> list[Message]:
    opinion = identity(case_id, "opinion")
    return [
        intake.OpinionIssued(opinion_id=opinion, outcome=types.OPINION_OUTCOME_SUPPORTED),
        intake.OpinionServed(opinion_id=opinion, method=types.SERVICE_METHOD_MAIL),
        intake.PetitionClosed(kind=types.CLOSING_KIND_ANSWERED),
    ]
