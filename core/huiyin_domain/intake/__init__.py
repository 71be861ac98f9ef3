"""Petitions: registration, routing, responsibility, acceptance, answer, review."""
