"""The pure domain: deciders, folds, clocks and rules of access. Knows no clock, chance, wire or disk."""
