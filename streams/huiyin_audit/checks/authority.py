"""Promise P13, authority: whoever moved responsibility or gave a part in a case was then entitled to.

Each event is judged with the directory and with the case as the decision had seen it. Events recorded before
they named their authority are judged by what they say otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_audit.checks.authority_of_acts import NOT_LOOKED_UP, OfEndings, OfMeetings, OfOthers, by_recused
from huiyin_audit.checks.authority_of_cases import OfCases
from huiyin_audit.checks.case_states import CaseStates
from huiyin_audit.findings import Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.directory import Directory
from huiyin_kernel.codec import context_of

Judge = Callable[[HistoryEntry, Any], Iterator[Finding]]

NEEDS: Mapping[type[Message], str] = {
    intake.ResolutionItemApplied: "reception",
    reception.VisitReceived: "intake",
    reception.MeetingConvened: "intake",
    reception.ResolutionOrdered: "intake",
    reception.ResolutionBound: "intake",
    judicial.LitigationReferred: "intake",
}
"""The other log that an event's authority is looked up in."""


def judges(history: History, directory: Directory) -> Mapping[type[Message], Judge]:
    """Who judges which event."""
    states = CaseStates(history)
    cases, meetings = OfCases(history, states, directory), OfMeetings(history, states, directory)
    others, endings = OfOthers(history, states), OfEndings(states)
    return {
        intake.PetitionRegistered: cases.registered,
        intake.PetitionHandedOver: cases.handed_over,
        intake.HandoverRecalled: cases.recalled,
        intake.HandoverOrdered: cases.ordered,
        intake.HandoverReceiptProved: cases.receipt_proved,
        intake.ResponsibilityMoved: cases.moved,
        intake.PetitionRestated: cases.restated,
        intake.RegistrationCorrected: cases.corrected,
        intake.RecusalRequested: cases.recusal_requested,
        intake.ReviewRequested: cases.review_requested,
        intake.ResolutionItemApplied: cases.item_applied,
        intake.CaseOffered: cases.offered,
        intake.MeetingRequested: cases.meeting_requested,
        intake.AgreementReached: endings.by_holder,
        intake.WithdrawalRequested: endings.withdrawal_requested,
        intake.WithdrawalConfirmed: endings.by_petitioner,
        intake.PetitionContinued: endings.by_petitioner,
        intake.PetitionerDied: endings.by_holder,
        intake.PetitionClosed: endings.closed,
        reception.VisitReceived: meetings.visit_received,
        reception.MeetingConvened: meetings.convened,
        reception.ResolutionSigned: meetings.spoken,
        reception.ResolutionDissented: meetings.spoken,
        reception.ResolutionOrdered: meetings.ordered,
        reception.ResolutionBound: meetings.bound,
        judicial.LitigationReferred: others.referred,
        judicial.ReferralAcknowledged: others.acknowledged,
        supervision.OrderIssued: others.order_issued,
    }


def check(history: History, directory: Directory) -> Verdict:
    """Walks every log; each event that gives or takes something is judged by its own rule."""
    table, given = judges(history, directory), {context_of(log) for log in history.logs}
    violations: list[Finding] = []
    unknown: list[Finding] = []
    for entries in history.logs.values():
        violations += by_recused(entries)
        for entry in entries:
            kind = type(entry.message)
            if kind not in table:
                continue
            needed = NEEDS.get(kind)
            if needed is None or needed in given:
                violations += table[kind](entry, entry.message)
            else:
                name = kind.DESCRIPTOR.name
                unknown.append(NOT_LOOKED_UP.at(entry.place, context=needed, type=name))
    return verdict("P13 authority", violations, unknown)
