"""Whose word ends a case without an opinion (promise P13): the petitioner's, or a ground on the record."""

from collections.abc import Iterator

from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_audit.checks.authority_rules import acting, none
from huiyin_audit.checks.case_states import CaseStates
from huiyin_audit.findings import Finding
from huiyin_audit.history import Entry
from huiyin_domain.access import PETITIONERS_WAY
from huiyin_domain.intake.handling import judicially_concluded
from huiyin_domain.intake.state import Petition


class OfEndings:
    """Judges agreements, withdrawals, deaths, going on, and what was closed by them."""

    def __init__(self, states: CaseStates) -> None:
        self._states = states

    def withdrawal_requested(self, entry: Entry, event: intake.WithdrawalRequested) -> Iterator[Finding]:
        """By a way of the petitioner's own; a signed statement is recorded by the holder."""
        if event.way != types.RATING_WAY_UNSPECIFIED:
            yield from self.by_petitioner(entry, event)
        else:
            yield from self.by_holder(entry, event)

    def by_petitioner(
        self,
        entry: Entry,
        event: intake.WithdrawalRequested | intake.WithdrawalConfirmed | intake.PetitionContinued,
    ) -> Iterator[Finding]:
        """No agency withdraws, confirms or goes on for who petitions."""
        if acting(entry) != PETITIONERS_WAY:
            yield none(entry, "不是信访人自己的途径", "it did not come by the petitioners' own way in")

    def by_holder(
        self,
        entry: Entry,
        event: intake.WithdrawalRequested | intake.AgreementReached | intake.PetitionerDied,
    ) -> Iterator[Finding]:
        """The responsible unit records what it received."""
        holder = self._states.before(entry).holder
        if acting(entry) != holder:
            yield none(entry, f"责任单位是 {holder}", f"{holder} was responsible")

    def closed(self, entry: Entry, event: intake.PetitionClosed) -> Iterator[Finding]:
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
