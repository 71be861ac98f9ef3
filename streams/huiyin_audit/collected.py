"""Findings as they come: counted without bound, kept up to a bound, the lowest positions first."""

from heapq import heappush, heappushpop

from huiyin_audit.findings import Finding

KEPT_MAX = 200
"""How many findings of one log are kept by default; all are counted."""


class Findings:
    """Counts every finding and keeps those at the lowest positions."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._heap: list[tuple[int, int, Finding]] = []
        self.count = 0

    def add(self, finding: Finding) -> None:
        """Takes a finding in."""
        self.count += 1
        entry = (-finding.position, -self.count, finding)  # the heap's least is the first to be let go
        if len(self._heap) < self._kept_max:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def kept(self) -> tuple[Finding, ...]:
        """The kept findings by position, in the order found where positions are equal."""
        return tuple(finding for _, _, finding in sorted(self._heap, reverse=True))
