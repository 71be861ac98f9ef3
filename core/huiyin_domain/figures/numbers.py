"""Numbers that the formulas need; none of them is an article of the Regulations of 2022."""

ACCEPTANCE_DAYS = 15
"""[V-code] S31: accepted no later than 15 days after registration."""

PERSON_COUNT_MAX = 9999
"""[V-code] S31: filings of 1 to 9999 persons are counted."""

RATING_DAYS = 30
"""T19 [GK]: how long a rating is awaited after the answer was served; the status 超期未评价 is [V-code]."""

RESOLUTION_MONTHS = 6
"""[D] 一次性化解率: how long after closing a matter has to stay settled."""

SMALL_CELL_MIN = 5
"""[D] A denominator below this is not shown to those who may not see the cases behind it."""
