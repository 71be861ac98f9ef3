"""Supervision: lateness and orders."""
