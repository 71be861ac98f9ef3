"""Promise P13 beside moves: whose word ends a case, calls a meeting, binds a resolution or gives a part."""

from collections.abc import Iterable, Iterator, Sequence

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED, Authority, AuthorityKind
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import CaseOffered
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1.types_pb2 import CaseAuthority, ResolutionItem
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_audit.checks.case_states import CaseStates
from huiyin_audit.findings import AuditRule, Finding
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.access import PETITIONERS_WAY
from huiyin_domain.authority import deciding_authority, disputing
from huiyin_domain.directory import Directory
from huiyin_domain.intake.competence import judicially_concluded
from huiyin_domain.intake.state import Petition
from huiyin_domain.reception.guards import authority_over

NO_AUTHORITY = AuditRule(
    "NO_AUTHORITY",
    "{type} 由 {agency} 作出，没有依据：{zh}",
    "{type} by {agency} rests on no authority: {en}",
)
NAMED_OTHERWISE = AuditRule(
    "NAMED_OTHERWISE",
    "{type} 所写的依据是 {named}，实际依据是 {found}",
    "{type} names {named} as its authority, where it is {found}",
)
NOT_LOOKED_UP = AuditRule(
    "NOT_LOOKED_UP",
    "历史中没有 {context} 的日志，无法核对 {type} 的依据",
    "the history has no log of {context}, so what {type} rests on cannot be looked up",
)


def acting(entry: HistoryEntry) -> str:
    """The agency whose act it was."""
    actor = entry.metadata.actor
    return actor.on_behalf_of or actor.agency


def none(entry: HistoryEntry, zh: str, en: str) -> Finding:
    """The finding that an event rests on no authority."""
    name = entry.message.DESCRIPTOR.name
    return NO_AUTHORITY.at(entry.place, type=name, agency=acting(entry), zh=zh, en=en)


def otherwise(entry: HistoryEntry, named: Authority, found: Authority) -> Finding | None:
    """The finding that the authority is another one than the event names; events of before named none."""
    if not named.kind or (named.kind, named.organ) == (found.kind, found.organ):
        return None
    name = entry.message.DESCRIPTOR.name
    return NAMED_OTHERWISE.at(entry.place, type=name, named=_said(named), found=_said(found))


def _said(authority: Authority) -> str:
    return f"{AuthorityKind.Name(authority.kind).removeprefix('AUTHORITY_KIND_')} {authority.organ}"


class OfOthers:
    """Judges events of the judicial track and of supervision."""

    def __init__(self, history: History, states: CaseStates) -> None:
        self._states = states
        self._offers = {
            (event.offer_id, event.case_id, event.from_unit, event.to_unit)
            for event in (entry.message for entry in history.entries("intake"))
            if isinstance(event, CaseOffered)
        }

    def referred(self, entry: HistoryEntry, event: judicial.LitigationReferred) -> Iterator[Finding]:
        """It follows from the responsible unit's offer; before offers, that unit referred it itself."""
        if event.authority.kind:
            if (event.referral_id, event.case_id, event.referring_unit, event.organ) not in self._offers:
                yield none(entry, "没有这样的移送要约", "there is no such offer of the case")
            return
        holder = self._states.seen(entry, event.case_id).holder
        if {acting(entry), event.referring_unit} != {holder}:
            yield none(entry, f"责任单位是 {holder}", f"{holder} was responsible")

    def acknowledged(self, entry: HistoryEntry, event: judicial.ReferralAcknowledged) -> Iterator[Finding]:
        """The organ takes what was referred to it, itself."""
        if acting(entry) != event.organ:
            yield none(entry, f"移送给了 {event.organ}", f"it was referred to {event.organ}")

    def order_issued(self, entry: HistoryEntry, event: supervision.OrderIssued) -> Iterator[Finding]:
        """A supervisor orders in the name of its own agency."""
        if acting(entry) != event.supervisor:
            yield none(
                entry, f"督办单位是 {event.supervisor}", f"it is said to be {event.supervisor}'s order"
            )


class OfEndings:
    """Judges agreements, withdrawals, deaths, going on, and what was closed by them."""

    def __init__(self, states: CaseStates) -> None:
        self._states = states

    def withdrawal_requested(
        self, entry: HistoryEntry, event: intake.WithdrawalRequested
    ) -> Iterator[Finding]:
        """By a way of the petitioner's own; a signed statement is recorded by the holder."""
        if event.way != types.RATING_WAY_UNSPECIFIED:
            yield from self.by_petitioner(entry, event)
        else:
            yield from self.by_holder(entry, event)

    def by_petitioner(
        self,
        entry: HistoryEntry,
        event: intake.WithdrawalRequested | intake.WithdrawalConfirmed | intake.PetitionContinued,
    ) -> Iterator[Finding]:
        """No agency withdraws, confirms or goes on for who petitions."""
        if acting(entry) != PETITIONERS_WAY:
            yield none(entry, "不是信访人自己的途径", "it did not come by the petitioners' own way in")

    def by_holder(
        self,
        entry: HistoryEntry,
        event: intake.WithdrawalRequested | intake.AgreementReached | intake.PetitionerDied,
    ) -> Iterator[Finding]:
        """The responsible unit records what it received."""
        holder = self._states.before(entry).holder
        if acting(entry) != holder:
            yield none(entry, f"责任单位是 {holder}", f"{holder} was responsible")

    def closed(self, entry: HistoryEntry, event: intake.PetitionClosed) -> Iterator[Finding]:
        """On a ground that stood then. Version 0.1 closed by agreement after an answer, and recorded none."""
        state = self._states.before(entry)
        of_before = entry.metadata.entry.kind == ENTRY_KIND_UNSPECIFIED
        if not of_before and not _has_ground(state, event):
            kind = types.ClosingKind.Name(event.kind)
            yield none(entry, f"{kind} 没有记录在案的依据", f"nothing on the record lets it be {kind}")


def _has_ground(state: Petition, event: intake.PetitionClosed) -> bool:
    match event.kind:
        case types.CLOSING_KIND_AGREEMENT:
            return state.agreement is not None and not state.agreement.open
        case types.CLOSING_KIND_WITHDRAWN:
            return state.withdrawal is not None and state.withdrawal.confirmed and state.withdrawal.whole
        case types.CLOSING_KIND_PETITIONER_DIED:
            return state.died
        case types.CLOSING_KIND_JUDICIAL_CONCLUSION:
            told = state.status == types.PETITION_STATUS_ANSWERED or event.HasField("document")
            return judicially_concluded(state) and told
        case _:
            return True


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

    def convened(self, entry: HistoryEntry, event: reception.MeetingConvened) -> Iterator[Finding]:
        """By its convener, with authority over each case; before authorities were named, by its convener."""
        if acting(entry) != event.convener:
            yield none(entry, f"召集人是 {event.convener}", f"{event.convener} is said to have called it")
        if event.authorities:
            yield from self._over_cases(entry, event, event.authorities)

    def bound(self, entry: HistoryEntry, event: reception.ResolutionBound) -> Iterator[Finding]:
        """By the convener, who still had authority over each case."""
        convened = self._convened.get(entry.fact.stream)
        if convened is None or acting(entry) != convened.convener:
            yield none(entry, "不是会议的召集人", "it did not call the meeting")
        elif event.authorities:
            yield from self._over_cases(entry, convened, event.authorities)

    def spoken(
        self, entry: HistoryEntry, event: reception.ResolutionSigned | reception.ResolutionDissented
    ) -> Iterator[Finding]:
        """Each participant speaks for itself."""
        convened = self._convened.get(entry.fact.stream)
        called = convened.participants if convened else ()
        if acting(entry) != event.agency or event.agency not in called:
            yield none(
                entry, f"{event.agency} 须由自己会签", f"{event.agency} speaks for itself, if it was called"
            )

    def ordered(self, entry: HistoryEntry, event: reception.ResolutionOrdered) -> Iterator[Finding]:
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

    def visit_received(self, entry: HistoryEntry, event: reception.VisitReceived) -> Iterator[Finding]:
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
        self, entry: HistoryEntry, convened: reception.MeetingConvened, named: Sequence[CaseAuthority]
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


_BY_ANYBODY = (intake.RecusalRequested, intake.PersonalDataRead)
"""To ask decides nothing; readings stand in a stream of their own."""


def by_recused(entries: Iterable[HistoryEntry]) -> Iterator[Finding]:
    """What recused officers wrote into a petition's log afterwards, also when lent to another agency."""
    recused: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        actor, stream = entry.metadata.actor, entry.place.stream
        callers = {(actor.agency, actor.officer), (actor.on_behalf_of, actor.officer)}
        if callers & recused.get(stream, set()) and not isinstance(entry.message, _BY_ANYBODY):
            zh, en = f"{actor.officer} 已被决定回避", f"officer {actor.officer} was recused in the case"
            yield none(entry, zh, en)
        if isinstance(entry.message, intake.RecusalDecided) and entry.message.granted:
            recused.setdefault(stream, set()).add((entry.message.unit, entry.message.officer))
