"""Promise P1, registered: every filing is on the record and stays there; a refusal is accounted for."""

from collections.abc import Iterator, Set

from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED
from huiyin.intake.v1.events_pb2 import PetitionNotAccepted, PetitionRegistered
from huiyin.intake.v1.types_pb2 import NonAcceptanceCode
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry, SentCommand

FILING_LOST = AuditRule(
    "FILING_LOST",
    "登记请求 {request_id} 已答复成功，日志中没有信访事项 {case_id} 的登记",
    "registration {request_id} was answered OK, but the log has no registration of case {case_id}",
)
FILING_TURNED_AWAY = AuditRule(
    "FILING_TURNED_AWAY",
    "登记请求 {request_id} 被以 {status} 拒绝：只有格式错误才可不予登记",
    "registration {request_id} was refused with {status}: only a malformed one may be",
)
NOT_BEGUN_BY_REGISTRATION = AuditRule(
    "NOT_BEGUN_BY_REGISTRATION",
    "该信访事项的第一个事件不是登记：登记被删除或隐藏",
    "its first event is not its registration: the registration was dropped or hidden",
)
REGISTERED_TWICE = AuditRule(
    "REGISTERED_TWICE",
    "该信访事项被登记了两次",
    "the case is registered a second time",
)
REGISTRATION_INCOMPLETE = AuditRule(
    "REGISTRATION_INCOMPLETE",
    "登记缺少{missing}",
    "the registration lacks {missing}",
)
NON_ACCEPTANCE_UNACCOUNTED = AuditRule(
    "NON_ACCEPTANCE_UNACCOUNTED",
    "不予受理缺少 {missing}：须有代码、理由、救济途径和经办人",
    "the non-acceptance lacks {missing}: it needs a code, reasons, a remedy and a named officer",
)
CASE_HIDDEN = AuditRule(
    "CASE_HIDDEN",
    "信访事项 {case_id} 已登记，列表中却没有",
    "case {case_id} is registered, but the listing does not show it",
)
CASE_INVENTED = AuditRule(
    "CASE_INVENTED",
    "列表中有信访事项 {case_id}，日志中没有它的登记",
    "the listing shows case {case_id}, which the log never registered",
)

_ON_THE_MATTER = frozenset(
    {
        NonAcceptanceCode.NON_ACCEPTANCE_CODE_IN_HAND,
        NonAcceptanceCode.NON_ACCEPTANCE_CODE_RE_REVIEWED,
        NonAcceptanceCode.NON_ACCEPTANCE_CODE_REVIEW_OPEN,
    }
)
_NOT_FOR_FILINGS = frozenset({"FAILED_PRECONDITION", "OUT_OF_RANGE"})


def check(history: History) -> Verdict:
    """Judges what callers were told of registrations, and every petition's stream."""
    registered = _registrations(history)
    violations = [finding for call in history.calls for finding in _call_faults(call, registered)]
    for entries in history.streams("intake", "petition").values():
        violations += _stream_faults(entries)
    return verdict("P1 registered", violations)


def check_listing(history: History, listed: Set[str]) -> Verdict:
    """Judges a listing of every case: whatever became of a case, it is there, and nothing else is."""
    registered = _registrations(history)
    hidden = [CASE_HIDDEN.at(registered[case], case_id=case) for case in sorted(registered.keys() - listed)]
    invented = [
        CASE_INVENTED.at(FindingPlace(""), case_id=case) for case in sorted(listed - registered.keys())
    ]
    return verdict("P1 registered", [*hidden, *invented])


def _registrations(history: History) -> dict[str, FindingPlace]:
    return {
        entry.message.case_id: entry.place
        for entry in history.entries("intake")
        if isinstance(entry.message, PetitionRegistered)
    }


def _call_faults(call: SentCommand, registered: dict[str, FindingPlace]) -> Iterator[Finding]:
    if call.method != "RegisterPetition":
        return
    if call.status in _NOT_FOR_FILINGS:
        yield FILING_TURNED_AWAY.at(FindingPlace(""), request_id=call.request_id, status=call.status)
    elif call.status == "OK" and call.case_id not in registered:
        yield FILING_LOST.at(FindingPlace(""), request_id=call.request_id, case_id=call.case_id)


def _stream_faults(entries: list[HistoryEntry]) -> Iterator[Finding]:
    if not isinstance(entries[0].message, PetitionRegistered):
        yield NOT_BEGUN_BY_REGISTRATION.at(entries[0].place)
    for number, entry in enumerate(entries):
        match entry.message:
            case PetitionRegistered() as event:
                if number:
                    yield REGISTERED_TWICE.at(entry.place)
                yield from _registration_faults(entry, event)
            case PetitionNotAccepted() as event:
                yield from _non_acceptance_faults(entry, event)


def _registration_faults(entry: HistoryEntry, event: PetitionRegistered) -> Iterator[Finding]:
    given = {
        "case_id": bool(event.case_id) and entry.fact.stream == f"petition-{event.case_id}",
        "display_number": bool(event.display_number),
        "unit": bool(event.unit),
        "received_time": event.HasField("received_time"),
    }
    if missing := [name for name, there in given.items() if not there]:
        yield REGISTRATION_INCOMPLETE.at(entry.place, missing=", ".join(missing))


def _non_acceptance_faults(entry: HistoryEntry, event: PetitionNotAccepted) -> Iterator[Finding]:
    """The closed list of domain rules, section 2.4, says what each code needs beside reasons and remedy."""
    given = {
        "code": event.code != NonAcceptanceCode.NON_ACCEPTANCE_CODE_UNSPECIFIED,
        "reasons": event.HasField("reasons"),
        "remedy": event.HasField("remedy"),
        "officer": bool(event.officer),
        "redirect_unit": event.code != NonAcceptanceCode.NON_ACCEPTANCE_CODE_NOT_COMPETENT
        or bool(event.redirect_unit),
        "same_case_id": event.code not in _on_the_matter(entry)
        or bool(event.same_case_id or event.HasField("earlier_document")),
    }
    if missing := [name for name, there in given.items() if not there]:
        yield NON_ACCEPTANCE_UNACCOUNTED.at(entry.place, missing=", ".join(missing))


def _on_the_matter(entry: HistoryEntry) -> frozenset[NonAcceptanceCode.ValueType]:
    """Codes that rest on another case or a cited document; version 0.1 asked for one with the first alone.

    A termination may stand in the same case: then the judicial organ handed it back there.
    """
    if entry.fact.entry == ENTRY_KIND_UNSPECIFIED:
        return frozenset({NonAcceptanceCode.NON_ACCEPTANCE_CODE_IN_HAND})
    return _ON_THE_MATTER
