"""From a case to the cell of its place and class: the first of the two folds behind hot issues.

A filing counts in the cell of its present class: given another, it is withdrawn from the first. An accusation
counts nowhere, because nothing of it may reach the accused (Art. 30(3)), and neither does a part split off,
which is no filing of its own. Neither state nor output names a person: what tells petitioners apart is a hash
bound to the division, and put out bound to the cell.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf.message import Message

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.intake.v1.events_pb2 import (
    PetitionClassified,
    PetitionRegistered,
    PetitionRestated,
    RegistrationCorrected,
)
from huiyin.intake.v1.types_pb2 import PETITION_CLASS_ACCUSATION
from huiyin_domain.directory import county_of
from huiyin_domain.streams.entry import Entry, is_repeat
from huiyin_domain.streams.likeness import SCHEME
from huiyin_domain.streams.output import Output, Shown, Sink, load_shown, pack, unpack

MARK_BYTES, PETITIONER_BYTES, _SEED_BYTES = 8, 4, 16


@dataclass(frozen=True, slots=True)
class Filed:
    """A case's filing up to its event with this number.

    `facts` is the filing without cell; `person` what its petitioner mark is made of (empty: anonymous).
    """

    number: int = 0
    facts: bytes = b""
    person: bytes = b""
    content_class: str = ""
    accusation: bool = False
    shown: Shown = field(default_factory=Shown)


class Filings:
    """States by case."""

    name = "filings"

    def keys(self, item: Entry) -> Sequence[str]:
        return (item.case_id,)

    def initial(self) -> Filed:
        return Filed()

    def evolve(self, state: Filed, item: Entry) -> Filed:
        if is_repeat(item, state.number):
            return state
        state = replace(state, number=item.number)
        event = item.fact.event
        rule = _RULES.get(type(event)) if item.is_petitions_own else None
        if rule is None:
            return replace(state, shown=state.shown.become(state.shown.values))
        state = rule(state, event)
        return replace(state, shown=state.shown.become(_shown(state, item.case_id)))

    def outputs(self, before: Filed, after: Filed) -> list[Output]:
        known = None if after is before else before.shown
        return after.shown.outputs(Sink.FILINGS, after.number, known)

    def dump(self, state: Filed) -> bytes:
        numbers = f"{state.number} {int(state.accusation)}".encode()
        return pack((numbers, state.facts, state.person, state.content_class.encode(), state.shown.dump()))

    def load(self, data: bytes) -> Filed:
        numbers, facts, person, content_class, shown = unpack(data)
        number, accusation = map(int, numbers.split())
        return Filed(number, facts, person, content_class.decode(), bool(accusation), load_shown(shown))


def cell_key(filing: IssueFiling) -> str:
    """The cell of a filing: its place and class."""
    return f"{filing.division}/{filing.content_class}"


def _registered(state: Filed, event: PetitionRegistered) -> Filed:
    if event.origin_case_id or event.issue_sketch.scheme != SCHEME:
        return state
    division = county_of(event.division)
    facts = IssueFiling(
        division=division,
        received_time=event.received_time,
        minima=event.issue_sketch.minima[3::4],
    )
    person = b"" if event.anonymous else _hash(division, event.person_id.encode(), _SEED_BYTES)
    data = facts.SerializeToString(deterministic=True)
    return replace(state, facts=data, person=person, content_class=event.content_class)


def _corrected(state: Filed, event: RegistrationCorrected) -> Filed:
    """It counts where it belongs by the record as it stands now; a sketch comes with other words alone."""
    if not state.facts:
        return state
    facts, fields = IssueFiling.FromString(state.facts), {*event.fields}
    if "division" in fields:
        facts.division = county_of(event.division)
    if "received_time" in fields:
        facts.received_time.CopyFrom(event.received_time)
    if event.issue_sketch.scheme == SCHEME:
        facts.minima = event.issue_sketch.minima[3::4]
    person = _hash(facts.division, event.person_id.encode(), _SEED_BYTES)
    if "anonymous" in fields:
        person = b"" if event.anonymous else person
    elif "division" not in fields or not state.person:
        person = state.person
    content_class = event.content_class if "content_class" in fields else state.content_class
    data = facts.SerializeToString(deterministic=True)
    return replace(state, facts=data, person=person, content_class=content_class)


def _classed(state: Filed, event: PetitionClassified) -> Filed:
    accusation = event.petition_class == PETITION_CLASS_ACCUSATION or bool(event.accused_units)
    return replace(state, accusation=accusation, content_class=event.content_class or state.content_class)


def _restated(state: Filed, event: PetitionRestated) -> Filed:
    """What the filing is about now; what was split off from it counts no more."""
    if not state.facts or event.issue_sketch.scheme != SCHEME:
        return state
    facts = IssueFiling.FromString(state.facts)
    facts.minima = event.issue_sketch.minima[3::4]
    return replace(state, facts=facts.SerializeToString(deterministic=True))


_RULES: Mapping[type[Message], Callable[[Filed, Any], Filed]] = {
    PetitionRegistered: _registered,
    PetitionClassified: _classed,
    PetitionRestated: _restated,
    RegistrationCorrected: _corrected,
}


def _shown(state: Filed, case_id: str) -> Mapping[str, bytes]:
    """The filing in every cell where it has been, withdrawn from all but its present one."""
    if not state.facts:
        return {}
    present = _filing(state, case_id)
    cells = {key: _withdrawn(value, state.number) for key, value in state.shown.values.items()}
    if not state.accusation:
        key = cell_key(present)
        unmoved = state.shown.values.get(key)
        already = unmoved is not None and _is_same(IssueFiling.FromString(unmoved), present)
        cells[key] = unmoved if already and unmoved else present.SerializeToString(deterministic=True)
    return cells


def _is_same(shown: IssueFiling, present: IssueFiling) -> bool:
    told = (present.minima, present.received_time, present.petitioner_mark)
    return not shown.withdrawn and (shown.minima, shown.received_time, shown.petitioner_mark) == told


def _filing(state: Filed, case_id: str) -> IssueFiling:
    filing = IssueFiling.FromString(state.facts)
    filing.content_class, filing.number = state.content_class, state.number
    cell = cell_key(filing)
    filing.mark = _hash(cell, case_id.encode(), MARK_BYTES)
    filing.petitioner_mark = _hash(cell, state.person, PETITIONER_BYTES) if state.person else b""
    return filing


def _withdrawn(value: bytes, number: int) -> bytes:
    filing = IssueFiling.FromString(value)
    if filing.withdrawn:
        return value
    filing.withdrawn, filing.number = True, number
    return filing.SerializeToString(deterministic=True)


def _hash(bound_to: str, content: bytes, size: int) -> bytes:
    key = hashlib.blake2b(bound_to.encode(), digest_size=32).digest()
    return hashlib.blake2b(content, digest_size=size, key=key, person=b"huiyin issue").digest()
