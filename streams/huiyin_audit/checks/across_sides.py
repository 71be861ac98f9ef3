"""The two sides of each referral as their logs tell it, and what can be wrong between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin_audit.findings import AuditRule, Finding
from huiyin_audit.history import History, HistoryEntry

__all__ = ["AuditRule"]

TWO_OFFERS_OPEN = AuditRule(
    "TWO_OFFERS_OPEN",
    "移送 {first} 尚未了结，又移送 {second}",
    "offer {second} was made while {first} was still open or with its organ",
)
OFFER_ENDS_TWICE = AuditRule(
    "OFFER_ENDS_TWICE",
    "移送 {offer} 已了结，又发生 {type}",
    "offer {offer} was over, and then came {type}",
)
OFFER_OUTLIVED_EPOCH = AuditRule(
    "OFFER_OUTLIVED_EPOCH",
    "责任单位变更后，移送 {offer} 仍未撤回",
    "responsibility moved, and offer {offer} was not withdrawn with it",
)
CLOSED_UNDER_OFFER = AuditRule(
    "CLOSED_UNDER_OFFER",
    "移送 {offer} 尚未了结，事项已办结",
    "the case was closed while offer {offer} was open",
)
RELEASED_WITHOUT_OFFER = AuditRule(
    "RELEASED_WITHOUT_OFFER",
    "移送 {offer} 并未处于待接收状态，责任却已移交",
    "responsibility was released on {offer}, which was not an open offer",
)
REFERRAL_WITHOUT_OFFER = AuditRule(
    "REFERRAL_WITHOUT_OFFER",
    "涉法涉诉日志中的移送在办理日志中没有来由",
    "the judicial track has a referral that intake never offered",
)
RELEASED_UNTAKEN = AuditRule(
    "RELEASED_UNTAKEN",
    "政法机关没有接收 {offer}，责任却已移交",
    "responsibility was released on {offer}, which no organ took",
)
RELEASED_HERE_ONLY = AuditRule(
    "RELEASED_HERE_ONLY",
    "涉法涉诉日志称 {offer} 已移交责任，办理日志没有：两个单位同时负责",
    "the judicial track says that {offer} was released, intake does not: two units are responsible",
)
ACTED_UNRELEASED = AuditRule(
    "ACTED_UNRELEASED",
    "责任尚未移交，政法机关已作出 {type}",
    "an organ acted ({type}) on what had not been released to it",
)
RETURNED_HERE_ONLY = AuditRule(
    "RETURNED_HERE_ONLY",
    "办理日志称 {offer} 已退回，政法机关没有退回",
    "intake says that {offer} came back, and its organ did not hand it back",
)
CONCLUDED_OTHERWISE = AuditRule(
    "CONCLUDED_OTHERWISE",
    "{offer} 是否已依法办结，两边记载不一",
    "the two sides do not agree whether {offer} was concluded",
)
OFFER_UNHEARD = AuditRule(
    "OFFER_UNHEARD", "移送 {offer} 尚未送达政法机关", "the judicial track has not heard of offer {offer}"
)
TAKEN_UNANSWERED = AuditRule(
    "TAKEN_UNANSWERED",
    "政法机关已接收 {offer}，办理日志既未移交责任也未记载失效",
    "{offer} was taken, and intake neither released it nor says that it was in vain",
)
RELEASE_UNHEARD = AuditRule(
    "RELEASE_UNHEARD",
    "责任已因 {offer} 移交，政法机关尚未得知",
    "responsibility was released on {offer}, and the judicial track has not heard of it",
)
WITHDRAWAL_UNHEARD = AuditRule(
    "WITHDRAWAL_UNHEARD",
    "移送 {offer} 已撤回，政法机关尚未得知",
    "offer {offer} was withdrawn, and the judicial track has not heard of it",
)
LAPSE_UNHEARD = AuditRule(
    "LAPSE_UNHEARD",
    "{offer} 的接收无效，政法机关尚未得知",
    "{offer} was taken in vain, and the judicial track has not heard of it",
)
REFUSAL_UNHEARD = AuditRule(
    "REFUSAL_UNHEARD",
    "政法机关未接收 {offer}，办理日志尚未记载",
    "{offer} was not taken, and intake has not heard of it",
)
HAND_BACK_UNSEEN = AuditRule(
    "HAND_BACK_UNSEEN",
    "政法机关已退回 {offer}，办理日志尚未接回",
    "{offer} was handed back, and intake has not taken it up again",
)


@dataclass(slots=True)
class Offer:
    """An offer as intake tells it: how it began and ended. Version 0.1 recorded its release only."""

    offer_id: str
    begun: HistoryEntry
    recorded: bool
    withdrawn: HistoryEntry | None = None
    ended: HistoryEntry | None = None
    lapsed: HistoryEntry | None = None
    released: HistoryEntry | None = None
    returned: HistoryEntry | None = None

    @property
    def open(self) -> bool:
        """True while the organ may still take it."""
        return not (self.withdrawn or self.ended or self.lapsed or self.released)

    @property
    def held(self) -> bool:
        """True while the organ is responsible."""
        return self.released is not None and self.returned is None


@dataclass(slots=True)
class Organ:
    """The referral as the judicial track tells it. `offered`: it began as an offer in intake."""

    opened: HistoryEntry
    offered: bool
    taken: HistoryEntry | None = None
    declined: HistoryEntry | None = None
    released: HistoryEntry | None = None
    withdrawn: HistoryEntry | None = None
    lapsed: HistoryEntry | None = None
    back: HistoryEntry | None = None
    concluded: bool = False
    acts: list[HistoryEntry] = field(default_factory=list)


def organs_of(history: History) -> dict[str, Organ]:
    """Referrals by id."""
    streams = history.streams("judicial", "referral").items()
    return {stream.partition("-")[2]: _organ(entries) for stream, entries in streams}


def _organ(entries: Sequence[HistoryEntry]) -> Organ:
    first = entries[0].message
    offered = isinstance(first, judicial.LitigationReferred) and first.HasField("authority")
    organ = Organ(entries[0], offered)
    for entry in entries:
        _note(organ, entry)
    return organ


def _note(organ: Organ, entry: HistoryEntry) -> None:
    match entry.message:
        case judicial.ReferralAcknowledged():
            organ.taken = entry
        case judicial.ReferralDeclined():
            organ.declined = entry
        case judicial.ReferralReleased():
            organ.released = entry
        case judicial.ReferralWithdrawn():
            organ.withdrawn = entry
        case judicial.ReferralLapsed():
            organ.lapsed = entry
        case judicial.ReferralConcluded():
            organ.concluded = True
            organ.acts.append(entry)
        case judicial.PetitionerReplied() | judicial.ProgressReported():
            organ.acts.append(entry)
        case judicial.ReferralHandedBack():
            organ.back = entry
            organ.acts.append(entry)


def offers_of(history: History, violations: list[Finding]) -> dict[str, list[Offer]]:
    """Offers by case, in order; what is wrong within a case's own stream is added to the violations."""
    found: dict[str, list[Offer]] = {}
    for stream, entries in history.streams("intake", "petition").items():
        found[stream] = []
        for entry in entries:
            violations += _step(found[stream], entry)
    return found


def _step(offers: list[Offer], entry: HistoryEntry) -> Iterator[Finding]:
    match entry.message:
        case intake.CaseOffered() as event:
            busy = next((one for one in offers if one.open or one.held), None)
            if busy:
                yield TWO_OFFERS_OPEN.at(entry.place, first=busy.offer_id, second=event.offer_id)
            offers.append(Offer(event.offer_id, entry, recorded=True))
        case intake.OfferWithdrawn() as event:
            yield from _end(offers, event.offer_id, "withdrawn", entry)
        case intake.OfferEnded() as event:
            yield from _end(offers, event.offer_id, "ended", entry)
        case intake.OfferLapsed() as event:
            yield from _end(offers, event.offer_id, "lapsed", entry)
        case intake.JudicialReferralAcknowledged() as event:
            yield from _released(offers, event, entry)
        case intake.JudicialReferralReturned() as event:
            for one in offers:
                one.returned = entry if one.offer_id == event.referral_id else one.returned
        case intake.ResponsibilityMoved() | intake.PetitionClosed():
            yield from _outlived(offers, entry)


def _known(offers: list[Offer], offer_id: str, entry: HistoryEntry) -> Offer:
    """The offer; one of version 0.1 is first heard of here."""
    known = next((one for one in offers if one.offer_id == offer_id), None)
    if known is None:
        known = Offer(offer_id, entry, recorded=False)
        offers.append(known)
    return known


def _end(offers: list[Offer], offer_id: str, how: str, entry: HistoryEntry) -> Iterator[Finding]:
    """A withdrawn offer may still be taken in vain, or not be taken: its organ had not heard of it."""
    offer = _known(offers, offer_id, entry)
    late = offer.withdrawn is not None and how in ("lapsed", "ended")
    if not offer.open and not (late and not offer.released):
        yield OFFER_ENDS_TWICE.at(entry.place, offer=offer_id, type=type(entry.message).__name__)
    setattr(offer, how, entry)


def _released(
    offers: list[Offer], event: intake.JudicialReferralAcknowledged, entry: HistoryEntry
) -> Iterator[Finding]:
    offer = _known(offers, event.referral_id, entry)
    busy = next((one for one in offers if one is not offer and (one.open or one.held)), None)
    if busy:
        yield TWO_OFFERS_OPEN.at(entry.place, first=busy.offer_id, second=offer.offer_id)
    if not offer.open:
        yield RELEASED_WITHOUT_OFFER.at(entry.place, offer=offer.offer_id)
    offer.released = entry


def _outlived(offers: list[Offer], entry: HistoryEntry) -> Iterator[Finding]:
    """The release itself moves responsibility, in the same decision, after the offer is over."""
    for offer in (one for one in offers if one.open):
        closed = isinstance(entry.message, intake.PetitionClosed)
        rule = CLOSED_UNDER_OFFER if closed else OFFER_OUTLIVED_EPOCH
        yield rule.at(entry.place, offer=offer.offer_id)
