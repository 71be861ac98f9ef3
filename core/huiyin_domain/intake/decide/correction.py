"""更正登记: what was registered is put right, field by field; what stood there stays in the log (P1, P4).

A correction may take no time from the petitioner in silence: a later day of receipt would move a duty's last
day, and an address that turns out to be unclear would end it. Either is the head's to send, as a late entry.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from huiyin.common.v1.types_pb2 import (
    AUTHORITY_KIND_HOLDER,
    AUTHORITY_KIND_REGISTRATION,
    ENTRY_KIND_LATE,
    Authority,
    Sealed,
    Secret,
)
from huiyin.intake.v1.events_pb2 import RegistrationCorrected
from huiyin.intake.v1.service_pb2 import CorrectRegistrationRequest
from huiyin.intake.v1.types_pb2 import REGISTRATION_DOUBT_ENTERED_LATE, RegistrationDoubt
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import instant
from huiyin_domain.decider import Decision
from huiyin_domain.intake.decide.grounds import code_fault, person_count_fault, times_fault
from huiyin_domain.intake.filing import settled_by
from huiyin_domain.intake.guards import by_party, not_holder
from huiyin_domain.intake.registered import FIELDS, Value, value_of
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, revised_meanwhile, wrong_state

_TAKES_TIME = {
    "received_time": "a later day of receipt moves a duty's last day",
    "division": "a place with another calendar moves last days",
    "anonymous": "that name or address is unclear ends the duty to notify",
}
_OPTIONAL_CODES = frozenset({"content_class", "purpose", "source"})


def correct(state: Petition, command: CorrectRegistrationRequest, context: Context) -> Decision:
    """Only what is really put right stands in the event; nothing comes of a command that changes nothing."""
    refusal = _by_holder_or_registrar(state, command, context) or _fields_fault(command)
    if refusal := refusal or content_missing("reasons", command.reasons):
        return refusal
    changed = [
        name for name in FIELDS if name in command.fields and _given(command, name) != _now(state, name)
    ]
    settled = settled_by(state.doubts, changed, command.settled)
    if not changed and not settled:
        return ()
    faults = (
        _revised(state, command),
        *_value_faults(state, command, changed, context),
        _not_the_heads(settled, context),
    )
    refusal = next((fault for fault in faults if fault), None)
    return refusal or (_corrected(state, command, changed, settled, context),)


def _by_holder_or_registrar(
    state: Petition, command: CorrectRegistrationRequest, context: Context
) -> Refusal | None:
    """A refusal unless an officer of the responsible unit acts, or of the unit that registered the filing."""
    refusal = by_party(state, command, context) or not_an_officer(context)
    registrar = context.principal.acting_agency == state.registration.unit
    return refusal or (None if registrar else not_holder(state, context))


def _fields_fault(command: CorrectRegistrationRequest) -> Refusal | None:
    """Which fields it is about is a list of known names: it stands in clear."""
    named = bool(command.fields or command.settled)
    if named and set(command.fields) <= set(FIELDS):
        return None
    allowed = ",".join(FIELDS)
    message = f"fields names what is to be put right: give some of {allowed}"
    return invalid("UNKNOWN_FIELD", message, field="fields", allowed=allowed)


def _given(command: CorrectRegistrationRequest, name: str) -> Value:
    value = getattr(command, name)
    return sealed_of(value) if isinstance(value, Secret) else value_of(command, name)


def _now(state: Petition, name: str) -> Value:
    """What the record says of a field; a class that an officer found since goes before the registered one."""
    value: Value = getattr(state if name == "content_class" else state.registration, name)
    return value


def _revised(state: Petition, command: CorrectRegistrationRequest) -> Refusal | None:
    """A refusal unless the officer knows what others put right: what now stands in clear is told with it."""
    if command.registration_version == state.corrections:
        return None
    clear = {name: _text(_now(state, name)) for name in command.fields}
    known = {name: text for name, text in clear.items() if text is not None}
    return revised_meanwhile("registration_version", command.registration_version, state.corrections, **known)


def _text(value: Value) -> str | None:
    if value is None or isinstance(value, Sealed):
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _value_faults(
    state: Petition, command: CorrectRegistrationRequest, changed: Sequence[str], context: Context
) -> Iterator[Refusal | None]:
    """What is put right has to be what could have been registered."""
    yield from (_code_fault(command, name, context) for name in changed)
    if "content" in changed:
        yield content_missing("content", command.content)
    if "person_count" in changed:
        yield person_count_fault(command.person_count, context) or _nobody(command)
    if "received_time" in changed or "posted_time" in changed:
        yield _times_fault(state, command, changed, context)
    yield _for_the_head(state, command, changed, context)


def _code_fault(command: CorrectRegistrationRequest, name: str, context: Context) -> Refusal | None:
    codes = context.policy.codes
    tables = {
        "channel": codes.channels,
        "division": codes.divisions,
        "content_class": codes.content_classes,
        "purpose": codes.purposes,
        "source": codes.sources,
    }
    if name not in tables:
        return None
    return code_fault(name, getattr(command, name), tables[name], optional=name in _OPTIONAL_CODES)


def _nobody(command: CorrectRegistrationRequest) -> Refusal | None:
    if command.person_count:
        return None
    message = "person_count is 0: give how many petition"
    return invalid("PERSON_COUNT_OUT_OF_RANGE", message, field="person_count")


def _times_fault(
    state: Petition, command: CorrectRegistrationRequest, changed: Sequence[str], context: Context
) -> Refusal | None:
    times: dict[str, Any] = {
        name: _given(command, name) if name in changed else _now(state, name)
        for name in ("received_time", "posted_time")
    }
    received: datetime | None = times["received_time"]
    if received is None:
        message = "received_time is missing: what came in came at some time"
        return invalid("FIELD_REQUIRED", message, field="received_time")
    fault = times_fault(received, times["posted_time"], context)
    return fault or (_after_an_act(received, context) if "received_time" in changed else None)


def _after_an_act(received: datetime, context: Context) -> Refusal | None:
    """The petition was not received after what was done on it."""
    tolerance = context.policy.limits.future_tolerance
    later = [act for kind, act in context.acts.items() if act.time + tolerance < received and _on_it(kind)]
    if not later:
        return None
    first = min(act.time for act in later).isoformat()
    message = f"received_time {received.isoformat()} lies after what was done on it at {first}: mend the time"
    return invalid("RECEIVED_AFTER_AN_ACT", message, field="received_time", act_time=first)


def _on_it(kind: type[Any]) -> bool:
    """Registering it is no act on it: a filing entered afterwards says itself when it came."""
    return kind.DESCRIPTOR.name not in ("PetitionRegistered", "RegistrationCorrected")


def _for_the_head(
    state: Petition, command: CorrectRegistrationRequest, changed: Sequence[str], context: Context
) -> Refusal | None:
    """What takes time from the petitioner is the head's to send, who answers for it by name."""
    field = takes_time(state, command, changed) or _other_calendar(state, command, changed, context)
    if context.entry.kind == ENTRY_KIND_LATE or not field:
        return None
    message = f"{_TAKES_TIME[field]}: have the head of the agency send it as a late entry, with the reason"
    return wrong_state("LATE_ENTRY_REQUIRED", message, field=field)


def takes_time(
    state: Petition, said: CorrectRegistrationRequest | RegistrationCorrected, fields: Collection[str]
) -> str:
    """The field by which a correction takes time from the petitioner; empty when it takes none."""
    if "received_time" in fields and instant(said.received_time) > state.registration.received_time:
        return "received_time"
    unclear = "anonymous" in fields and said.anonymous and not state.registration.anonymous
    return "anonymous" if unclear else ""


def _other_calendar(
    state: Petition, command: CorrectRegistrationRequest, changed: Sequence[str], context: Context
) -> str:
    """A place with another calendar than the registered one moves the last days of all that runs."""
    if "division" not in changed:
        return ""
    timetable = context.policy.timetable
    before, after = (timetable.calendar_of(one) for one in (state.registration.division, command.division))
    return "division" if before.version != after.version else ""


def _not_the_heads(settled: Sequence[RegistrationDoubt.ValueType], context: Context) -> Refusal | None:
    """Why a filing was entered late is the head's to say, as with every late entry."""
    if REGISTRATION_DOUBT_ENTERED_LATE not in settled or context.entry.kind == ENTRY_KIND_LATE:
        return None
    message = "that it was registered late is settled by the head, as a late entry with the reason"
    return wrong_state("LATE_ENTRY_REQUIRED", message, field="settled")


def _corrected(
    state: Petition,
    command: CorrectRegistrationRequest,
    changed: Sequence[str],
    settled: Sequence[RegistrationDoubt.ValueType],
    context: Context,
) -> RegistrationCorrected:
    event = RegistrationCorrected(
        fields=changed,
        person_id=state.registration.person_id,
        issue_sketch=context.issue_sketch if {"subject", "content"} & set(changed) else None,
        reasons=sealed_of(command.reasons),
        authority=_authority(state, context),
        settled=settled,
    )
    for name in changed:
        _set(event, name, command)
    return event


def _set(event: RegistrationCorrected, name: str, command: CorrectRegistrationRequest) -> None:
    value = getattr(command, name)
    if isinstance(value, Secret):
        value = sealed_of(value)
        if value is not None:
            getattr(event, name).CopyFrom(value)
    elif event.DESCRIPTOR.fields_by_name[name].message_type is None:
        setattr(event, name, value)
    elif command.HasField(name):  # type: ignore[arg-type] # a name of the contract, checked before
        getattr(event, name).CopyFrom(value)


def _authority(state: Petition, context: Context) -> Authority:
    agency = context.principal.acting_agency
    kind = AUTHORITY_KIND_HOLDER if agency == state.holder else AUTHORITY_KIND_REGISTRATION
    return Authority(kind=kind, organ=agency)
