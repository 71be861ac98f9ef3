"""A real PostgreSQL server, started in a folder of ours: the embedded default's database."""
