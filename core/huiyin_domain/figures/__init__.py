"""Evaluation figures of organs, never of petitioners: what each case adds to them (domain rules, section 7).

`fold` gathers what figures need of one case, `derive` turns it into contributions, `table` says which
contributions make the numerator and the denominator of each figure.
"""
