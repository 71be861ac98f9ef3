"""Days off and working days: statutory holidays and moved workdays by year, and counting over them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calendar:
    """Placeholder replaced by the calendar itself."""
