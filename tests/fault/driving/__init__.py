"""Fault rounds: the whole platform under random faults and traffic, recorded first and judged afterwards."""
