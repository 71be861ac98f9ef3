"""What all tests share: one real PostgreSQL server for each test process."""

from collections.abc import Iterator

import pytest

from huiyin_kernel.embedded.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server; tests make databases of their own on it."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "server") as server:
        yield server
