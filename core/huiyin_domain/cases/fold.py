"""The case view as a fold by case id, for the fold host and for replay."""

from collections.abc import Sequence

from huiyin_domain.cases.view import CaseView, evolve, from_bytes, initial, to_bytes
from huiyin_domain.fact import Fact


class CaseFold:
    """States by case id. A fact concerns every case that its event names."""

    name = "case"

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> CaseView:
        return initial()

    def evolve(self, state: CaseView, fact: Fact) -> CaseView:
        return evolve(state, fact)

    def dump(self, state: CaseView) -> bytes:
        return to_bytes(state)

    def load(self, data: bytes) -> CaseView:
        return from_bytes(data)
