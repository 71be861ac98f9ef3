"""The event store: one port, a PostgreSQL adapter and an in-memory one held to the same contract."""
