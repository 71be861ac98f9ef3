"""Promises P2 and P15, one holder across services: intake and the judicial track agree on every referral.

Both logs are walked, each offer beside its referral. What one side says and the other has not heard yet is
an open question while things are under way, and a violation once all is at rest. Referrals that version
0.1 began had no offer; of them only what both sides say is compared.
"""

from collections.abc import Iterator, Sequence

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin_audit.checks import across_sides as rules
from huiyin_audit.checks.across_sides import Offer, Organ, offers_of, organs_of
from huiyin_audit.findings import Finding, Verdict, verdict
from huiyin_audit.history import History
from huiyin_kernel.codec import context_of

NAME = "P15 one holder across services"


def check_referrals(history: History) -> Verdict:
    """Compares what intake and the judicial track say of each referral."""
    violations: list[Finding] = []
    waiting: list[Finding] = []
    organs = organs_of(history)
    offers = {offer.offer_id: offer for case in offers_of(history, violations).values() for offer in case}
    if not any(context_of(log) == "judicial" for log in history.logs):
        return verdict(NAME, violations)
    for offer_id in sorted(offers.keys() | organs.keys()):
        offer, organ = offers.get(offer_id), organs.get(offer_id)
        violations += _contradictions(offer, organ)
        waiting += _unheard(offer, organ)
    if history.at_rest:
        return verdict(NAME, [*violations, *waiting])
    return verdict(NAME, violations, waiting)


def _contradictions(offer: Offer | None, organ: Organ | None) -> Iterator[Finding]:
    """What one side did that the other's log does not bear."""
    if offer is None:
        if organ is not None and organ.offered:
            yield rules.REFERRAL_WITHOUT_OFFER.at(organ.opened.place)
        return
    if offer.released and (organ is None or organ.taken is None):
        yield rules.RELEASED_UNTAKEN.at(offer.released.place, offer=offer.offer_id)
    if organ is not None:
        if not _same_case(offer, organ):
            yield rules.REFERRAL_WITHOUT_OFFER.at(organ.opened.place)
        yield from _acts(offer, organ)
        yield from _returns(offer, organ)


def _same_case(offer: Offer, organ: Organ) -> bool:
    opened = organ.opened.message
    of_case = opened.case_id if isinstance(opened, judicial.LitigationReferred) else ""
    return offer.begun.fact.stream == f"petition-{of_case}"


def _acts(offer: Offer, organ: Organ) -> Iterator[Finding]:
    """An organ acts on what intake released and nothing else, and only after it heard so."""
    if organ.released and offer.released is None:
        yield rules.RELEASED_HERE_ONLY.at(organ.released.place, offer=offer.offer_id)
    first = organ.acts[0] if organ.acts else None
    if first is None or not organ.offered:
        return
    heard = organ.released
    if heard is None or first.fact.version < heard.fact.version:
        yield rules.ACTED_UNRELEASED.at(first.place, type=type(first.message).__name__)


def _returns(offer: Offer, organ: Organ) -> Iterator[Finding]:
    """What is back was handed back, and both say alike whether it was concluded."""
    if offer.returned is None:
        return
    returned = offer.returned.message
    assert isinstance(returned, intake.JudicialReferralReturned)
    if organ.back is None:
        if not returned.recalled:
            yield rules.RETURNED_HERE_ONLY.at(offer.returned.place, offer=offer.offer_id)
        return
    back = organ.back.message
    assert isinstance(back, judicial.ReferralHandedBack)
    if not returned.recalled and (returned.concluded, organ.concluded) != (back.concluded, back.concluded):
        yield rules.CONCLUDED_OTHERWISE.at(offer.returned.place, offer=offer.offer_id)


def _unheard(offer: Offer | None, organ: Organ | None) -> Iterator[Finding]:
    """What one side has said and the other has not acted on yet."""
    if offer is None:
        return
    if organ is None:
        yield rules.OFFER_UNHEARD.at(offer.begun.place, offer=offer.offer_id)
        return
    pairs: Sequence[tuple[object, object, rules.AuditRule]] = (
        (organ.taken and organ.offered, offer.released or offer.lapsed, rules.TAKEN_UNANSWERED),
        (offer.released and organ.offered, organ.released or organ.lapsed, rules.RELEASE_UNHEARD),
        (offer.withdrawn, organ.withdrawn or organ.declined or organ.lapsed, rules.WITHDRAWAL_UNHEARD),
        (offer.lapsed, organ.lapsed or organ.back, rules.LAPSE_UNHEARD),
        (organ.declined and organ.offered, offer.ended, rules.REFUSAL_UNHEARD),
        (organ.back and offer.released, offer.returned, rules.HAND_BACK_UNSEEN),
    )
    for said, heard, rule in pairs:
        if said and not heard:
            yield rule.at(offer.begun.place, offer=offer.offer_id)
