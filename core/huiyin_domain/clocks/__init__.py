"""Statutory clocks of a case: what must happen by when, as a pure function of its events (promise P4).

`fold` gathers marks from facts, `rules` is the table of periods, `derive` turns both into clocks.
"""
