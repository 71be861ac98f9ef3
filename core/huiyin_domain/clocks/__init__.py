"""Statutory clocks: a pure function from a case's events to its due dates, each with a sentence why."""
