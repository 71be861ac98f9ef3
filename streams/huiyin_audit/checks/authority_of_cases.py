"""Whose word moves a case, or gives a part in it, within intake (promise P13)."""

from collections.abc import Iterator, Sequence

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_audit.checks.authority_of_acts import acting, none, otherwise
from huiyin_audit.checks.case_states import CaseStates
from huiyin_audit.findings import Finding
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.authority import carried_by, deciding_authority
from huiyin_domain.directory import Directory
from huiyin_domain.intake.decide.correction import takes_time
from huiyin_domain.intake.guards import decider_of, reviewing_organ
from huiyin_domain.intake.responsibility import concerned
from huiyin_domain.intake.standing import standing
from huiyin_domain.intake.state import Petition


class OfCases:
    """Judges intake's events."""

    def __init__(self, history: History, states: CaseStates, directory: Directory) -> None:
        self._states, self._directory = states, directory
        self._bound = _bound(history)

    def registered(self, entry: HistoryEntry, event: intake.PetitionRegistered) -> Iterator[Finding]:
        """Who received the filing registers it; a part begins with its origin's holder,
        an accusation also with the office that registered the filing."""
        if event.origin_case_id:
            origin = self._states.seen(entry, event.origin_case_id)
            accuses = event.track == common.TRACK_DISCIPLINE
            if event.unit not in (origin.holder, _office(origin) if accuses else ""):
                yield none(
                    entry, "拆分的部分不归原事项责任单位", "a part begins with the unit that held its origin"
                )
        elif acting(entry) != event.unit:
            yield none(entry, f"登记为 {event.unit} 所收", f"it was received by {event.unit}")

    def restated(self, entry: HistoryEntry, event: intake.PetitionRestated) -> Iterator[Finding]:
        """By the holder, or by the petition office that registered the filing."""
        state = self._states.before(entry)
        if acting(entry) not in (state.holder, _office(state)) or event.authority.organ != acting(entry):
            yield none(entry, f"责任单位是 {state.holder}", f"{state.holder} was responsible")

    def corrected(self, entry: HistoryEntry, event: intake.RegistrationCorrected) -> Iterator[Finding]:
        """By the holder or the unit that registered it; what takes time from the petitioner, by the head."""
        state, late = self._states.before(entry), entry.metadata.entry.kind == common.ENTRY_KIND_LATE
        units = (state.holder, state.registration.unit)
        if acting(entry) not in units or event.authority.organ != acting(entry):
            yield none(entry, f"责任单位是 {state.holder}", f"{state.holder} was responsible")
        elif takes_time(state, event, event.fields) and not late:
            yield none(entry, "须由负责人补录", "it takes time from the petitioner: the head sends it")

    def handed_over(self, entry: HistoryEntry, event: intake.PetitionHandedOver) -> Iterator[Finding]:
        yield from self._holders_own(entry, event.authority, event.from_unit)

    def offered(self, entry: HistoryEntry, event: intake.CaseOffered) -> Iterator[Finding]:
        yield from self._holders_own(entry, event.authority, event.from_unit)

    def meeting_requested(self, entry: HistoryEntry, event: intake.MeetingRequested) -> Iterator[Finding]:
        yield from self._holders_own(entry, event.authority, event.unit)

    def recalled(self, entry: HistoryEntry, event: intake.HandoverRecalled) -> Iterator[Finding]:
        """By the holder, or with the finding that the matter is an accusation, by who may find that."""
        holder, found = self._states.before(entry).holder, acting(entry)
        registered = self._states.before(entry).registration.unit
        if found not in (holder, registered):
            yield none(entry, f"责任单位是 {holder}", f"{holder} was responsible")

    def ordered(
        self, entry: HistoryEntry, event: intake.HandoverOrdered | intake.HandoverReceiptProved
    ) -> Iterator[Finding]:
        """By who stands above the receiving unit, or decides between it and the sender where nobody does."""
        state, directory = self._states.before(entry), self._directory
        above = directory.common_superiors({event.unit})
        units = {event.unit} if above else {event.unit, state.holder}
        yield from self._deciding(entry, event.authority, units)

    def receipt_proved(self, entry: HistoryEntry, event: intake.HandoverReceiptProved) -> Iterator[Finding]:
        """By the sender, or by who stands above the receiving unit: no unit moves a day of its own."""
        holder = self._states.before(entry).holder
        if acting(entry) == event.unit:
            yield none(entry, f"{event.unit} 自己收到", f"{event.unit} itself received it")
        elif acting(entry) == holder:
            yield from self._holders_own(entry, event.authority, holder)
        else:
            yield from self.ordered(entry, event)

    def review_requested(self, entry: HistoryEntry, event: intake.ReviewRequested) -> Iterator[Finding]:
        """The petitioner may ask the organ one level above who answered (Arts. 35, 36)."""
        state = self._states.before(entry)
        answered = state.review.organ if state.review else state.opinion.unit if state.opinion else ""
        if event.organ not in self._directory.above(answered):
            zh, en = (
                f"{event.organ} 不是 {answered} 的上一级",
                f"{event.organ} is not one level above {answered}",
            )
            yield none(entry, zh, en)
        elif wrong := otherwise(entry, event.authority, _of_petitioner(event.organ)):
            yield wrong

    def recusal_requested(self, entry: HistoryEntry, event: intake.RecusalRequested) -> Iterator[Finding]:
        """Of who decides in the case; its own head decides, or the organ above that is outside the wall."""
        state, directory = self._states.before(entry), self._directory
        deciders = {decider_of(state, event.unit, of_head, directory) for of_head in (False, True)}
        says = (state.holder, reviewing_organ(state), state.registration.unit)
        if event.unit not in (state.holder, reviewing_organ(state)) or event.decider not in deciders:
            zh = f"{event.decider} 不能决定 {event.unit} 人员的回避"
            yield none(entry, zh, f"{event.decider} does not decide on it")
        elif event.authority.kind == common.AUTHORITY_KIND_PETITIONER:
            if wrong := otherwise(entry, event.authority, _of_petitioner(event.decider)):
                yield wrong
        elif acting(entry) not in says or event.authority.organ != acting(entry):
            yield none(entry, "它在本案中不能提出回避", "it has no say in recusals of this case")

    def moved(self, entry: HistoryEntry, event: intake.ResponsibilityMoved) -> Iterator[Finding]:
        """Who accepts takes it; who decides stands above. Resolutions are judged by their items."""
        if event.basis == types.MOVE_BASIS_ACCEPTANCE and acting(entry) != event.to_unit:
            yield none(entry, f"受理单位是 {event.to_unit}", f"it is {event.to_unit} that takes the case")
        if event.basis == types.MOVE_BASIS_SUPERIOR_DECISION:
            units = concerned(self._states.before(entry), event.to_unit)
            yield from self._deciding(entry, event.authority, units)

    def item_applied(self, entry: HistoryEntry, event: intake.ResolutionItemApplied) -> Iterator[Finding]:
        """On the signatures of the units that it takes from or gives to, or an order above them (Art. 24)."""
        bound = self._bound.get(event.resolution_id)
        item = bound.item(event.item_id) if bound else None
        if bound is None or item is None:
            yield none(entry, "没有生效的决议", "no such resolution was bound")
            return
        before = standing(self._states.before(entry))
        signed, orders = bound.signed, bound.orders
        found = carried_by(item, before, signed, orders, self._directory, event.resolution_id)
        if found is None and not bound.of_before:
            zh = "涉及的单位没有会签，也没有共同上级或者联席会议决定"
            yield none(entry, zh, "its units did not all sign, and nobody above them ordered it")
        elif found is None and item.unit not in signed:
            yield none(entry, f"{item.unit} 没有会签", f"{item.unit} did not sign")
        elif found is not None and (wrong := otherwise(entry, event.authority, found)):
            yield wrong

    def _holders_own(self, entry: HistoryEntry, named: Authority, unit: str) -> Iterator[Finding]:
        holder = self._states.before(entry).holder
        if {acting(entry), unit} != {holder}:
            yield none(entry, f"责任单位是 {holder}", f"{holder} was responsible")
        elif wrong := otherwise(entry, named, _of_holder(holder)):
            yield wrong

    def _deciding(
        self, entry: HistoryEntry, named: Authority, units: set[str] | frozenset[str]
    ) -> Iterator[Finding]:
        found = deciding_authority(acting(entry), units, self._directory)
        if found is None:
            among = "、".join(sorted(units))
            zh = f"它不是 {among} 的共同上级，也不代表其联席会议"
            en = f"it stands above {', '.join(sorted(units))} neither itself nor for their joint conference"
            yield none(entry, zh, en)
        elif wrong := otherwise(entry, named, found):
            yield wrong


def _of_petitioner(organ: str) -> Authority:
    return Authority(kind=common.AUTHORITY_KIND_PETITIONER, organ=organ)


def _office(state: Petition) -> str:
    """The petition office that registered the filing; empty when another agency did."""
    return state.registration.unit if state.registration.petition_office else ""


def _of_holder(holder: str) -> Authority:
    return Authority(kind=common.AUTHORITY_KIND_HOLDER, organ=holder)


class _Bound:
    """A bound resolution with what was said of it in its meeting."""

    def __init__(self, event: reception.ResolutionBound, said: Sequence[HistoryEntry]) -> None:
        self._items = {item.item_id: item for item in event.items}
        messages = [entry.message for entry in said]
        resolution = event.resolution_id
        self.signed = {
            one.agency
            for one in messages
            if isinstance(one, reception.ResolutionSigned) and one.resolution_id == resolution
        }
        self.orders = [
            one.authority
            for one in messages
            if isinstance(one, reception.ResolutionOrdered) and one.resolution_id == resolution
        ]
        self.of_before = not event.authorities

    def item(self, item_id: str) -> ResolutionItem | None:
        """The item with this id."""
        return self._items.get(item_id)


def _bound(history: History) -> dict[str, _Bound]:
    return {
        entry.message.resolution_id: _Bound(entry.message, said)
        for said in history.streams("reception", "meeting").values()
        for entry in said
        if isinstance(entry.message, reception.ResolutionBound)
    }
