"""Whose word calls a meeting, orders and binds a resolution, or gives a part by a visit (promise P13)."""

from collections.abc import Iterator, Sequence

from huiyin.common.v1 import types_pb2 as common
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1.types_pb2 import CaseAuthority, ResolutionItem
from huiyin_audit.checks.authority_rules import acting, none, otherwise
from huiyin_audit.checks.case_states import CaseStates
from huiyin_audit.findings import Finding
from huiyin_audit.history import Entry, History
from huiyin_domain.authority import deciding_authority, disputing
from huiyin_domain.directory import Directory
from huiyin_domain.reception.guards import authority_over


class OfMeetings:
    """Judges joint reception's events."""

    def __init__(self, history: History, states: CaseStates, directory: Directory) -> None:
        self._states, self._directory = states, directory
        self._convened: dict[str, reception.MeetingConvened] = {}
        self._items: dict[str, dict[str, ResolutionItem]] = {}
        for entry in history.entries("reception"):
            match entry.message:
                case reception.MeetingConvened() as event:
                    self._convened[entry.fact.stream] = event
                case reception.ResolutionProposed() as event:
                    self._items[event.resolution_id] = {item.item_id: item for item in event.items}

    def convened(self, entry: Entry, event: reception.MeetingConvened) -> Iterator[Finding]:
        """By its convener, with authority over each case; before authorities were named, by its convener."""
        if acting(entry) != event.convener:
            yield none(entry, f"召集人是 {event.convener}", f"{event.convener} is said to have called it")
        if event.authorities:
            yield from self._over_cases(entry, event, event.authorities)

    def bound(self, entry: Entry, event: reception.ResolutionBound) -> Iterator[Finding]:
        """By the convener, who still had authority over each case."""
        convened = self._convened.get(entry.fact.stream)
        if convened is None or acting(entry) != convened.convener:
            yield none(entry, "不是会议的召集人", "it did not call the meeting")
        elif event.authorities:
            yield from self._over_cases(entry, convened, event.authorities)

    def spoken(
        self, entry: Entry, event: reception.ResolutionSigned | reception.ResolutionDissented
    ) -> Iterator[Finding]:
        """Each participant speaks for itself."""
        convened = self._convened.get(entry.fact.stream)
        called = convened.participants if convened else ()
        if acting(entry) != event.agency or event.agency not in called:
            yield none(
                entry, f"{event.agency} 须由自己会签", f"{event.agency} speaks for itself, if it was called"
            )

    def ordered(self, entry: Entry, event: reception.ResolutionOrdered) -> Iterator[Finding]:
        """By who decides between the units of each item that it is said to decide (Art. 24)."""
        items = self._items.get(event.resolution_id, {})
        for item_id in event.item_ids:
            item = items.get(item_id)
            units = disputing(item, self._states.standing(entry, item.case_id)) if item else frozenset[str]()
            found = deciding_authority(acting(entry), units, self._directory) if units else None
            if found is None or acting(entry) != event.agency:
                zh = "它不是涉及单位的共同上级，也不代表其联席会议"
                yield none(
                    entry, zh, "it stands above the item's units neither itself nor for their conference"
                )
            elif wrong := otherwise(entry, event.authority, found):
                yield wrong

    def visit_received(self, entry: Entry, event: reception.VisitReceived) -> Iterator[Finding]:
        """A part is given by the responsible unit alone; and only a party attaches a visit to a case."""
        operators = self._directory.operators(event.centre)
        agency = acting(entry)
        if agency not in (event.centre, *operators, *event.agencies):
            yield none(entry, "它没有接待", "it did not receive the visitors")
        if not event.case_id or not event.authority.kind:
            return
        standing = self._states.standing(entry, event.case_id)
        runs_it = agency in (event.centre, *operators)
        known_to = {agency, *((event.centre, *operators) if runs_it else ())}
        if known_to.isdisjoint(standing.parties):
            yield none(entry, "它与该案件无关", "it has no part in the case")
        elif event.authority.kind == common.AUTHORITY_KIND_HOLDER and agency != standing.responsible_unit:
            holder = standing.responsible_unit
            yield none(
                entry, f"责任单位是 {holder}", f"{holder} was responsible, and gave no part in the case"
            )

    def _over_cases(
        self, entry: Entry, convened: reception.MeetingConvened, named: Sequence[CaseAuthority]
    ) -> Iterator[Finding]:
        by_case = {one.case_id: one for one in named}
        for case_id in convened.case_ids:
            standing = self._states.standing(entry, case_id)
            found = authority_over(convened.convener, convened.participants, standing, self._directory)
            if found is None or case_id not in by_case:
                zh, en = f"对案件 {case_id} 没有职权", f"none over case {case_id}"
                yield none(entry, zh, en)
            elif standing.responsible_unit not in convened.participants:
                holder = standing.responsible_unit
                yield none(
                    entry, f"责任单位 {holder} 未受邀", f"{holder}, which is responsible, was not called"
                )
            elif wrong := otherwise(entry, by_case[case_id].authority, found):
                yield wrong
