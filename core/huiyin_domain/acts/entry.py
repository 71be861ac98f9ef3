"""How an act comes into the record: in time, late by the head's own hand, or as imported history."""

from datetime import datetime

from huiyin.common.v1.types_pb2 import (
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_LATE,
    ENTRY_KIND_TIMELY,
    CommandInfo,
    Entry,
)
from huiyin_domain.checks import sealed_of
from huiyin_domain.context import Principal, Role
from huiyin_domain.exchange.message import is_officer_name
from huiyin_domain.refusal import Refusal, forbidden, invalid


def entry_of(info: CommandInfo, principal: Principal) -> Entry | Refusal:
    """The entry that a command makes; what it seals must be sealed already.

    A late entry is the head's: whoever noted the act, the head of the agency whose act it is sends the
    command in person, so that no officer's word alone stands for an approval.
    """
    if not info.HasField("late_entry"):
        return Entry(kind=ENTRY_KIND_TIMELY)
    if refusal := _not_the_head(principal):
        return refusal
    reason = sealed_of(info.late_entry.reason)
    if reason is None:
        message = "late_entry.reason is missing: say why it comes late and what shows when it happened"
        return invalid("LATE_REASON_REQUIRED", message, field="info.late_entry.reason")
    if info.late_entry.officer and not is_officer_name(info.late_entry.officer):
        message = "late_entry.officer is no officer's identifier: give the one that the agency uses, no more"
        return invalid("MALFORMED_OFFICER", message, field="info.late_entry.officer")
    officer = info.late_entry.officer if info.late_entry.officer != principal.officer else ""
    return Entry(kind=ENTRY_KIND_LATE, reason=reason, approved_by=principal.officer, officer=officer)


def _not_the_head(principal: Principal) -> Refusal | None:
    if principal.officer and principal.has(Role.HEAD) and not principal.on_behalf_of:
        return None
    message = "a late entry is made by the head of the agency whose act it is: have the head call in person"
    return forbidden("HEAD_REQUIRED", message, allowed=Role.HEAD)


def filing_entry(entry: Entry, received: datetime, history_until: datetime) -> Entry:
    """The entry of a filing that an import brings: history, when it was received before that instant.

    What was received since is no history, whatever the import says: it is entered like any other.
    """
    return Entry(kind=ENTRY_KIND_IMPORTED) if received < history_until else entry


def import_fault(info: CommandInfo) -> Refusal | None:
    """A refusal for history that is no filing: only filings are imported, acts on them are entered."""
    if not info.imported:
        return None
    message = "only filings are imported as history: enter an act that was done earlier as a late entry"
    return invalid("IMPORTED_NOT_A_FILING", message, field="info.imported")
