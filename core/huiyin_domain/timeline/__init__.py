"""The timeline of cases: one causal order over all logs, and who receives each entry (promise P7)."""
