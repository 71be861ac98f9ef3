"""How far a rule or a table has been checked against its source."""

from enum import StrEnum


class Verification(StrEnum):
    """The marks of the domain rules, section 0."""

    VERIFIED = "V"  # read at the source
    PRACTICE = "V-code"  # read in public code of a real petition system: practice, not a norm
    GENERAL_KNOWLEDGE = "GK"  # believed, not read at the source: check before relying on it
    DERIVED = "D"  # the platform's own reading or rule, not a text of law
