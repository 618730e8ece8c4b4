"""Engines and transactions: the same code on SQLite and PostgreSQL.

SQLite runs in WAL mode and every writing transaction begins with `BEGIN IMMEDIATE`: a deferred one that reads first
fails when another writer got in between. Sessions are synchronous; async code runs them in a thread. Errors do not show
a statement's parameters: they are customers' words, and errors are logged.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

BUSY_TIMEOUT_S = 15


class Database:
    """One database; `reading()` and `writing()` give a session each for one short transaction."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = create_engine(
            self.url, hide_parameters=True, **(_sqlite_options(self.url.database) if self.is_sqlite else SERVER_OPTIONS)
        )
        self._write_lock = threading.Lock()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _configure_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for a transaction that only reads; rolled back at the end."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session for a transaction that may write; committed at the end, rolled back on an exception.

        On SQLite the writers of this process take turns here; other processes wait for up to `BUSY_TIMEOUT_S`.
        """
        with self._turn(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._write_lock:
            yield

    def close(self) -> None:
        self.engine.dispose()


SERVER_OPTIONS: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}


def _sqlite_options(path: str | None) -> dict[str, Any]:
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "isolation_level": None}}


def _configure_sqlite(connection: Any, record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
