"""Evaluation figures of organs, never of petitioners: what each case adds to them (domain rules, section 7).

`derive` turns what a case is (`cases/fold.py`) into contributions, `table` says which contributions make the
numerator and the denominator of each figure.
"""
