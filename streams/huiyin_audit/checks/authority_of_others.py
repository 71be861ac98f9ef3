"""Whose word gives a judicial organ or an ordered unit a part in a case (promise P13)."""

from collections.abc import Iterator

from huiyin.intake.v1.events_pb2 import CaseOffered
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_audit.checks.authority_rules import acting, none
from huiyin_audit.checks.case_states import CaseStates
from huiyin_audit.findings import Finding
from huiyin_audit.history import Entry, History


class OfOthers:
    """Judges events of the judicial track and of supervision."""

    def __init__(self, history: History, states: CaseStates) -> None:
        self._states = states
        self._offers = {
            (event.offer_id, event.case_id, event.from_unit, event.to_unit)
            for event in (entry.message for entry in history.entries("intake"))
            if isinstance(event, CaseOffered)
        }

    def referred(self, entry: Entry, event: judicial.LitigationReferred) -> Iterator[Finding]:
        """It follows from the responsible unit's offer; before offers, that unit referred it itself."""
        if event.authority.kind:
            if (event.referral_id, event.case_id, event.referring_unit, event.organ) not in self._offers:
                yield none(entry, "没有这样的移送要约", "there is no such offer of the case")
            return
        holder = self._states.seen(entry, event.case_id).holder
        if {acting(entry), event.referring_unit} != {holder}:
            yield none(entry, f"责任单位是 {holder}", f"{holder} was responsible")

    def acknowledged(self, entry: Entry, event: judicial.ReferralAcknowledged) -> Iterator[Finding]:
        """The organ takes what was referred to it, itself."""
        if acting(entry) != event.organ:
            yield none(entry, f"移送给了 {event.organ}", f"it was referred to {event.organ}")

    def order_issued(self, entry: Entry, event: supervision.OrderIssued) -> Iterator[Finding]:
        """A supervisor orders in the name of its own agency."""
        if acting(entry) != event.supervisor:
            yield none(
                entry, f"督办单位是 {event.supervisor}", f"it is said to be {event.supervisor}'s order"
            )
