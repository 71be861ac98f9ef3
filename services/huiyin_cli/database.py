"""The database of this start: the embedded server or the administrator's own, and each service's tables."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from huiyin_cli.children import Ports
from huiyin_cli.installation import SetupError
from huiyin_kernel.home import Home
from huiyin_kernel.identity.files import read_private, write_whole
from huiyin_kernel.settings import SERVICE_NAMES, Settings
from huiyin_launcher.embedded.claim import PostgresError
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_launcher.processes import Say
from huiyin_store.provision import AUDITOR, ProvisionError, ReaderProcess, provision, role_of
from huiyin_store.schema import SchemaChangedError

RELAY = "relay"
"""The schema of the relay, which has no log of its own."""


def _file(package: str, name: str) -> Path:
    with as_file(files(package).joinpath(name)) as path:
        return path


READ_MODEL_TABLES: Mapping[str, Sequence[Path]] = {
    "streams": (
        _file("huiyin_kernel", "projection.sql"),
        _file("huiyin_kernel", "set_aside.sql"),
        _file("huiyin_streams", "rows.sql"),
        _file("huiyin_streams", "participation.sql"),
        _file("huiyin_streams", "registration_doubts.sql"),
        _file("huiyin_streams", "figures.sql"),
        _file("huiyin_streams", "timeline.sql"),
        _file("huiyin_streams", "timeline_aside.sql"),
        _file("huiyin_streams", "timeline_growth.sql"),
        _file("huiyin_streams", "events_once.sql"),
        _file("huiyin_streams", "insight.sql"),
        _file("huiyin_kernel", "policy.sql"),
        _file("huiyin_streams", "provisional.sql"),
        _file("huiyin_streams", "reading.sql"),
        _file("huiyin_streams", "figure_cells.sql"),
        _file("huiyin_streams", "case_cells.sql"),
        _file("huiyin_kernel", "projection_pages.sql"),
        _file("huiyin_streams", "pages.sql"),
        _file("huiyin_streams", "one_fold.sql"),
    ),
    **dict.fromkeys(("intake", "reception", "judicial"), (_file("huiyin_kernel", "policy.sql"),)),
    "exchange": (_file("huiyin_exchange", "receipts.sql"), _file("huiyin_exchange", "leases.sql")),
    "supervision": (
        _file("huiyin_kernel", "projection.sql"),
        _file("huiyin_kernel", "set_aside.sql"),
        _file("huiyin_supervision", "rows.sql"),
        _file("huiyin_supervision", "withdrawals.sql"),
        _file("huiyin_supervision", "causes.sql"),
        _file("huiyin_supervision", "counting.sql"),
        _file("huiyin_kernel", "policy.sql"),
        _file("huiyin_supervision", "amended.sql"),
        _file("huiyin_supervision", "provisional.sql"),
        _file("huiyin_supervision", "reading.sql"),
        _file("huiyin_supervision", "settled_clocks.sql"),
        _file("huiyin_kernel", "projection_pages.sql"),
    ),
}
"""SQL files by schema, in order."""

_LETTERS = ("dead_letter",)


def relay_reader(password: str) -> ReaderProcess:
    """What the relay has in the database, and what it reads of others."""
    return ReaderProcess(
        password,
        (_file("huiyin_relay", "tables.sql"), _file("huiyin_relay", "leases.sql")),
        {
            **dict.fromkeys(("intake", "reception", "judicial", "supervision"), ("event", *_LETTERS)),
            "streams": ("timeline_entry", "case_event", *_LETTERS),
            "exchange": _LETTERS,
        },
    )


DATABASE = "huiyin"
AUDITOR_NAME = "auditor"
PASSWORD_BYTES = 32
RESTART_SECONDS = 5.0
PROVISION_ATTEMPTS = 15
PROVISION_AGAIN_SECONDS = 1.0


class Database:
    """A PostgreSQL server, started and watched if it is the embedded one."""

    def __init__(self, settings: Settings, ports: Ports, say: Say) -> None:
        self._home, self._say = settings.paths, say
        self._given = settings.database_url.get_secret_value() if settings.database_url else None
        self._ports, self._preferred_port, self._port = ports, settings.postgres_port, 0
        self._server: EmbeddedPostgres | None = None
        self._start_at = 0.0
        self.restarts = 0

    @property
    def address(self) -> str:
        """Where it is, for people; never with a password."""
        return f"127.0.0.1:{self._port}" if self._given is None else "HUIYIN_DATABASE_URL"

    @property
    def pid(self) -> int | None:
        """The embedded server's process while it runs."""
        return self._server.pid if self._server is not None else None

    @property
    def _admin_dsn(self) -> str:
        if self._given is not None:
            return self._given
        assert self._server is not None, "start() comes first"
        return self._server.admin_dsn

    def start(self) -> None:
        """Starts the embedded server. Raises SetupError."""
        if self._given is not None:
            return
        try:
            self._start_embedded()
        except PostgresError as error:
            raise SetupError(f"数据库不可用 · the database cannot be used: {error}") from error

    def look(self) -> None:
        """Starts the embedded server again when it is gone; when that fails, again after a while."""
        if self._server is None or self._server.pid is not None or time.monotonic() < self._start_at:
            return
        self._start_at = time.monotonic() + RESTART_SECONDS
        self.restarts += 1
        self._say("PostgreSQL 意外停止，重新启动 · PostgreSQL ended and is started again")
        try:
            self._server.stop()
            self._server.start()
        except PostgresError as error:
            self._say(str(error))

    def stop(self) -> None:
        """Stops the embedded server; a given one is left alone."""
        if self._server is not None:
            self._server.stop()

    def provision(self) -> Mapping[str, str]:
        """Makes roles and schemas, and gives each service and the auditor their connection string.

        Passwords are chance, made once; they and the strings are in files that only the owner can read.
        """
        passwords = _passwords(self._home)
        logs: dict[str, str] = {name: passwords[name] for name in SERVICE_NAMES}
        try:
            self._make_ready(logs, passwords)
        except (ProvisionError, SchemaChangedError, psycopg.Error) as error:
            raise SetupError(f"数据库未能就绪 · the database could not be made ready: {error}") from error
        dsns = {name: self._dsn(role_of(name), passwords[name]) for name in (*SERVICE_NAMES, RELAY)}
        dsns[AUDITOR_NAME] = self._dsn(AUDITOR, passwords[AUDITOR_NAME])
        _write_json(self._home.databases, dsns)
        return dsns

    def _make_ready(self, logs: Mapping[str, str], passwords: Mapping[str, str]) -> None:
        """Makes what is missing; all over again, a few times, if the server ended meanwhile."""
        readers, auditor = {RELAY: relay_reader(passwords[RELAY])}, passwords[AUDITOR_NAME]
        for attempt in range(1, PROVISION_ATTEMPTS + 1):
            work = provision(
                self._admin_dsn,
                DATABASE,
                logs,
                extra=READ_MODEL_TABLES,
                readers=readers,
                auditor_password=auditor,
            )
            try:
                asyncio.run(work)
                break
            except psycopg.OperationalError:
                if self._server is None or attempt == PROVISION_ATTEMPTS:
                    raise
            time.sleep(PROVISION_AGAIN_SECONDS)
            self.look()

    def _dsn(self, role: str, password: str) -> str:
        return make_conninfo(self._admin_dsn, dbname=DATABASE, user=role, password=password)

    def _start_embedded(self) -> None:
        log = self._home.logs / "postgresql.log"
        self._server = EmbeddedPostgres(self._home.postgres, self._choose_port, log)
        self._server.start()
        for line in self._server.passed_over:
            self._say(line)
        self._say(f"PostgreSQL {self._server.version} 已启动 · started on {self.address}")

    def _choose_port(self) -> int:
        self._port = self._port or self._ports.take("PostgreSQL", self._preferred_port)
        return self._port


def _passwords(home: Home) -> Mapping[str, str]:
    path = home.secrets / "passwords.json"
    kept: dict[str, str] = json.loads(read_private(path)) if path.exists() else {}
    missing = {*SERVICE_NAMES, RELAY, AUDITOR_NAME} - set(kept)
    if missing:
        kept |= {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in missing}
        _write_json(path, kept)
    return kept


def _write_json(path: Path, content: Mapping[str, str]) -> None:
    write_whole(path, json.dumps(content, indent=2).encode() + b"\n")
