"""Promise P3, one track: a matter is in exactly one track; splitting it makes two linked cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1 import events_pb2 as intake
from huiyin_audit.findings import AuditRule, Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry

TRACK_NOT_DECIDED = AuditRule(
    "TRACK_NOT_DECIDED",
    "甄别没有确定办理路径",
    "the classification decides no track",
)
TRACK_CHANGED_UNDER_WAY = AuditRule(
    "TRACK_CHANGED_UNDER_WAY",
    "办理中由 {before} 改为 {after}：应当拆分为两件",
    "changed from {before} to {after} while under way: it should have been split",
)
IN_TWO_TRACKS = AuditRule(
    "IN_TWO_TRACKS",
    "政法机关正在办理，又发生 {type}：同时在两条路径上",
    "{type} while a judicial organ has the matter: it was in two tracks at once",
)
OF_ANOTHER_TRACK = AuditRule(
    "OF_ANOTHER_TRACK",
    "{type} 不属于该事项的路径 {track}",
    "{type} does not belong to the track of the matter, {track}",
)
SPLIT_INTO_SAME_TRACK = AuditRule(
    "SPLIT_INTO_SAME_TRACK",
    "拆出的部分与原事项同在路径 {track}",
    "the part was split off into the track that the matter is in, {track}",
)
REMAINDER_NOT_RESTATED = AuditRule(
    "REMAINDER_NOT_RESTATED",
    "案件 {part} 自 {origin} 分出，而原案件的内容没有随之重述",
    "case {part} was split off from {origin}, whose remainder was not restated with it",
)
SPLIT_NOT_LINKED = AuditRule(
    "SPLIT_NOT_LINKED",
    "拆分的两件没有互相指明：{origin} 与 {part}",
    "the two cases of the split do not name each other: {origin} and {part}",
)

_BELONGS_TO: dict[type[Message], Track.ValueType] = {
    intake.ExtensionApproved: common.TRACK_ADMINISTRATIVE,
    intake.CaseOffered: common.TRACK_JUDICIAL,
    intake.JudicialReferralAcknowledged: common.TRACK_JUDICIAL,
}
_COURSE_OF_ITS_OWN = (
    intake.PetitionHandedOver,
    intake.PetitionAccepted,
    intake.ExtensionApproved,
    intake.OpinionIssued,
    intake.ReviewRequested,
    intake.CaseOffered,
    intake.JudicialReferralAcknowledged,
)

_Split = tuple[str, str, Track.ValueType]
"""Origin, part, track of the part."""


def check(history: History) -> Verdict:
    """Walks every petition's stream, and compares the two sides of every split."""
    streams = history.streams("intake", "petition")
    violations = [finding for entries in streams.values() for finding in _Case().walk(entries)]
    return verdict("P3 one track", [*violations, *_unlinked(history), *_parts(history)])


@dataclass(slots=True)
class _Case:
    """The track of a case while its stream is walked."""

    track: Track.ValueType = common.TRACK_UNSPECIFIED
    accepted: bool = False
    opined: bool = False
    referrals: set[str] = field(default_factory=set)

    def walk(self, entries: Sequence[HistoryEntry]) -> Iterator[Finding]:
        """Everything that is wrong in the stream."""
        for entry in entries:
            yield from self._misplaced(entry)
            yield from self._step(entry)

    def _misplaced(self, entry: HistoryEntry) -> Iterator[Finding]:
        event = entry.message
        track = _BELONGS_TO.get(type(event), self.track)
        name = type(event).__name__
        if track != self.track:
            yield OF_ANOTHER_TRACK.at(entry.place, type=name, track=Track.Name(self.track))
        if self.referrals and isinstance(event, _COURSE_OF_ITS_OWN):
            yield IN_TWO_TRACKS.at(entry.place, type=name)

    def _step(self, entry: HistoryEntry) -> Iterator[Finding]:
        match entry.message:
            case intake.PetitionRegistered() as event:
                self.track = event.track
            case intake.PetitionClassified() as event:
                yield from self._classified(entry, event)
            case intake.PetitionAccepted():
                self.accepted = True
            case intake.OpinionIssued():
                self.opined = True
            case intake.ResponsibilityMoved():
                self.accepted = False
            case intake.JudicialReferralAcknowledged() as event:
                self.referrals.add(event.referral_id)
            case intake.JudicialReferralReturned() as event:
                self.referrals.discard(event.referral_id)
            case intake.PetitionSplit() as event if event.track == self.track:
                yield SPLIT_INTO_SAME_TRACK.at(entry.place, track=Track.Name(event.track))

    def _classified(self, entry: HistoryEntry, event: intake.PetitionClassified) -> Iterator[Finding]:
        if event.track == common.TRACK_UNSPECIFIED:
            yield TRACK_NOT_DECIDED.at(entry.place)
        accusation = event.track == common.TRACK_DISCIPLINE and bool(event.authority.organ)
        under_way = (self.accepted and not accusation) or self.opined or bool(self.referrals)
        if under_way and event.track != self.track:
            before, after = Track.Name(self.track), Track.Name(event.track)
            yield TRACK_CHANGED_UNDER_WAY.at(entry.place, before=before, after=after)
        self.accepted = self.accepted and event.track == self.track
        self.track = event.track


def _unlinked(history: History) -> Iterator[Finding]:
    """Version 0.1: the origin names its part, and the part its origin, with the same track."""
    told: dict[_Split, HistoryEntry] = {}
    born: dict[_Split, HistoryEntry] = {}
    for entry in history.entries("intake"):
        match entry.message:
            case intake.PetitionSplit() as event:
                told[_case_of(entry), event.part_case_id, event.track] = entry
            case intake.PetitionRegistered() as event if event.origin_case_id and not event.authority.organ:
                born[event.origin_case_id, event.case_id, event.track] = entry
    for split in told.keys() ^ born.keys():
        entry = told.get(split) or born[split]
        yield SPLIT_NOT_LINKED.at(entry.place, origin=split[0], part=split[1])


def _parts(history: History) -> Iterator[Finding]:
    """Since then the part alone names its origin, which was restated in the same decision (Art. 30(3))."""
    restated = {
        (_case_of(entry), entry.request_id)
        for entry in history.entries("intake")
        if isinstance(entry.message, intake.PetitionRestated)
    }
    tracks: dict[str, Track.ValueType] = {}
    for entry in history.entries("intake"):
        match entry.message:
            case intake.PetitionRegistered() as event:
                tracks[event.case_id] = event.track
                if not event.origin_case_id or not event.authority.organ:
                    continue
                if (event.origin_case_id, entry.request_id) not in restated:
                    facts = {"origin": event.origin_case_id, "part": event.case_id}
                    yield REMAINDER_NOT_RESTATED.at(entry.place, **facts)
                if tracks.get(event.origin_case_id) == event.track:
                    yield SPLIT_INTO_SAME_TRACK.at(entry.place, track=Track.Name(event.track))
            case intake.PetitionClassified() as event:
                tracks[_case_of(entry)] = event.track


def _case_of(entry: HistoryEntry) -> str:
    return entry.fact.stream.removeprefix("petition-")
