"""Sealed personal data: a key per person and case, wrapped by a master key, destroyed to forget."""
