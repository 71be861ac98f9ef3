"""Policy as events: a year's calendar as the contract has it, who lays it down, and all that then holds."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from hashlib import sha256

from google.protobuf.message import Message

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin.supervision.v1.service_pb2 import ApplyPolicyRequest, Policy
from huiyin.supervision.v1.types_pb2 import YearCalendar as YearMessage
from huiyin_domain.calendar.due import YearCalendar, faults_of
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Verification
from huiyin_domain.context import Context, Role
from huiyin_domain.dates import parse_date
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.directory import Directory, line_of
from huiyin_domain.refusal import Kind, Refusal, forbidden, invalid, wrong_state


def digest_of(year: YearCalendar) -> str:
    """SHA-256 of everything that the year says, in one form: names of holidays do not matter."""
    content = {
        "year": year.year,
        "version": year.version,
        "verification": year.verification.value,
        "source": year.source,
        "holidays": _texts(year.holidays),
        "workdays": _texts(year.workdays),
    }
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def message_of(year: YearCalendar) -> YearMessage:
    """The days of a year as a message."""
    return YearMessage(year=year.year, holidays=_texts(year.holidays), workdays=_texts(year.workdays))


def policy_of(year: YearCalendar, divisions: Iterable[str] = ()) -> Policy:
    """A year as it is to hold in divisions; in all where none is named."""
    return Policy(
        divisions=divisions,
        version=year.version,
        source_document=year.source,
        verification=year.verification,
        calendar=message_of(year),
    )


def year_of(said: Policy | PolicyApplied) -> YearCalendar | Refusal:
    """The year that a policy says, as it can be counted by; or what is wrong with its form."""
    if not said.HasField("calendar"):
        return invalid("FIELD_REQUIRED", "policy.calendar is missing: give the year's days", field="calendar")
    if said.verification not in set(Verification):
        message = f"verification {said.verification!r} is none: write one of {', '.join(Verification)}"
        return invalid("MALFORMED_FIELD", message, field="verification")
    named = (*said.calendar.holidays, *said.calendar.workdays)
    if wrong := [text for text in named if parse_date(text) is None]:
        message = f"{wrong[0]!r} is no day: write YYYY-MM-DD"
        return invalid("MALFORMED_FIELD", message, field="calendar")
    return YearCalendar(
        said.calendar.year,
        said.version,
        Verification(said.verification),
        said.source_document,
        _days(said.calendar.holidays),
        _days(said.calendar.workdays),
    )


def _days(texts: Iterable[str]) -> frozenset[date]:
    return frozenset(day for text in texts if (day := parse_date(text)) is not None)


def _texts(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]


def applied(timetable: Timetable, event: PolicyApplied) -> Timetable:
    """The timetable from an application on. One of a kind that is not known here leaves it as it is."""
    year = year_of(event)
    return timetable if isinstance(year, Refusal) else timetable.amended(year, lines_of(event.divisions))


def in_force(shipped: Timetable, events: Iterable[PolicyApplied]) -> Timetable:
    """The timetable after all of these."""
    return reduce(applied, events, shipped)


def lines_of(divisions: Iterable[str]) -> tuple[str, ...]:
    """The digits that each division and those below it share."""
    return tuple(line_of(division) for division in divisions)


CALENDARS = "calendar"
"""The kind of policy, and the end of its stream's name."""
VERSION_MAX, SOURCE_MAX = 40, 300
"""Characters of the texts that stand in the event."""


@dataclass(frozen=True, slots=True)
class Applications:
    """Everything that was applied of a kind, in order, and the digest that each version's name stands for."""

    events: tuple[PolicyApplied, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


class PolicyDecider:
    """Rules of applying policy."""

    category = "policy"

    def initial(self) -> Applications:
        return Applications()

    def decide(self, state: Applications, command: Message, context: Context) -> Decision:
        match command:
            case ApplyPolicyRequest():
                return apply(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Applications, event: Message) -> Applications:
        match event:
            case PolicyApplied():
                versions = {**state.versions, event.version: event.digest}
                return Applications((*state.events, event), versions)
            case _:
                raise UnknownEventError(event.DESCRIPTOR.full_name)

    def case_ids(self, state: Applications) -> Sequence[str]:
        return ()

    def audience(self, state: Applications) -> Sequence[str]:
        return ()


def apply(state: Applications, command: ApplyPolicyRequest, context: Context) -> Decision:
    """Nothing where it holds already; a refusal that says what holds, where that is not what was named."""
    if refusal := not_allowed(context) or not_its_place(command.policy, context):
        return refusal
    year = valid_year(command.policy, context)
    if isinstance(year, Refusal):
        return year
    held = held_digests(in_force(context.policy.timetable, state.events), command.policy)
    digest = digest_of(year)
    if set(held) == {digest}:
        return ()
    if refusal := _named_before(state, year, context) or _others_hold(command, held):
        return refusal
    return (_applied(command.policy, year, held, context),)


def not_allowed(context: Context) -> Refusal | None:
    """A refusal unless a named administrator of an agency calls."""
    principal = context.principal
    if not principal.has(Role.ADMINISTRATOR) or not principal.officer:
        message = "policy is laid down by an administrator, by name: call with an administrator's token"
        return forbidden("ROLE_NOT_ALLOWED", message, allowed=Role.ADMINISTRATOR)
    if principal.agency in context.policy.directory:
        return None
    message = f"{principal.agency} is not in the directory of agencies: have it entered"
    return forbidden("UNKNOWN_AGENCY", message, agency=principal.agency)


def not_its_place(policy: Policy, context: Context) -> Refusal | None:
    """A refusal when a division is unknown, or does not lie in the place of the caller's agency."""
    divisions, unit = context.policy.codes.divisions, context.policy.directory.get(context.principal.agency)
    for division in policy.divisions:
        if division not in divisions or not line_of(division):
            message = f"divisions names {division!r}, which is no division: give its code, or none for all"
            return invalid("UNKNOWN_DIVISION", message, field="divisions", division=division)
    if len(set(lines_of(policy.divisions))) < len(policy.divisions):
        return invalid("DIVISION_TWICE", "divisions names one twice: name each once", field="divisions")
    line = line_of(unit.division) if unit else ""
    wanted = policy.divisions or _everywhere(context.policy.directory)
    beyond = [division for division in wanted if not division.startswith(line)]
    if not beyond:
        return None
    place = unit.division if unit else ""
    message = f"{beyond[0]} does not lie in {place}: have an administrator there do it"
    return forbidden("NOT_ITS_PLACE", message, division=beyond[0])


def _everywhere(directory: Directory) -> list[str]:
    return sorted({unit.division for unit in directory})


def valid_year(policy: Policy, context: Context) -> YearCalendar | Refusal:
    """The year, if all of its days are possible."""
    for name, text, most in (
        ("version", policy.version, VERSION_MAX),
        ("source_document", policy.source_document, SOURCE_MAX),
    ):
        if not text.strip() or len(text) > most or not text.isprintable():
            return invalid("MALFORMED_FIELD", f"{name} takes 1 to {most} characters: give it", field=name)
    year = year_of(policy)
    if isinstance(year, Refusal):
        return year
    for fault, days in faults_of(year):
        message = f"{', '.join(day.isoformat() for day in days[:5]) or year.year}: {fault}; correct the entry"
        return invalid("CALENDAR_WRONG", message, field="calendar")
    return year


def held_year(timetable: Timetable, division: str, year: int) -> YearCalendar | None:
    """The year that a division has of its own, or that of all where none is named."""
    calendar = timetable.local.get(line_of(division)) if division else timetable.calendar
    return next((one for one in calendar.years if one.year == year), None) if calendar else None


def held_digests(timetable: Timetable, policy: Policy) -> list[str]:
    """The digests of what a policy would replace in each of its divisions; empty where nothing holds."""
    years = [held_year(timetable, one, policy.calendar.year) for one in policy.divisions or ("",)]
    return [digest_of(year) if year else "" for year in years]


def changed_days(before: Timetable, after: Timetable, policy: Policy) -> Iterator[tuple[date, bool]]:
    """Days that a policy makes days off (True) or working days (False) in any of its divisions."""
    for division in policy.divisions or ("",):
        old, new = before.calendar_of(division), after.calendar_of(division)
        day = date(policy.calendar.year, 1, 1)
        while day.year == policy.calendar.year:
            was, is_off = old.is_day_off(day), new.is_day_off(day)
            if (day.weekday() >= 5 if was is None else was) != is_off:
                yield day, bool(is_off)
            day = date.fromordinal(day.toordinal() + 1)


def _named_before(state: Applications, year: YearCalendar, context: Context) -> Refusal | None:
    """What is counted by a version says its name: two must not have the same."""
    timetable = context.policy.timetable
    calendars = (timetable.calendar, *timetable.local.values())
    held = {one.version for calendar in calendars for one in calendar.years}
    if year.version not in {*state.versions, *held}:
        return None
    message = f"version {year.version} was used before: give the amended year another, such as {year.year}.2"
    return wrong_state("VERSION_USED", message, version=year.version)


def _others_hold(command: ApplyPolicyRequest, held: list[str]) -> Refusal | None:
    if list(command.replaced_digests) == held:
        return None
    message = "others hold by now than those named in replaced_digests: look at them, then apply again"
    return Refusal(Kind.STALE, "POLICY_CHANGED_MEANWHILE", message, {"held": ",".join(held)})


def _applied(policy: Policy, year: YearCalendar, held: list[str], context: Context) -> PolicyApplied:
    return PolicyApplied(
        policy_id=context.new_ids[0],
        divisions=policy.divisions,
        version=year.version,
        digest=digest_of(year),
        replaced_digests=held,
        source_document=year.source,
        verification=year.verification,
        calendar=message_of(year),
    )


POLICY = PolicyDecider()
