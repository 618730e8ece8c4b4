"""Whose turn it is to refresh: one process at a time on one database.

A row that its holder keeps alive, the same on SQLite and PostgreSQL. What a process leaves behind that died counts for
nothing after `LOST_AFTER`.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from insight.errors import RefreshRunning
from insight.tables import TurnRow

TURN = "refresh"
BEAT_S = 20.0
LOST_AFTER = timedelta(minutes=5)

Transaction = Callable[[], AbstractContextManager[Session]]

logger = logging.getLogger(__name__)


@contextmanager
def taking_turn(writing: Transaction) -> Iterator[None]:
    """Have the turn meanwhile; RefreshRunning when somebody else has it."""
    token = uuid4().hex
    with writing() as session:
        _take(session, token)
    over = threading.Event()
    beating = threading.Thread(target=_keep_alive, args=(writing, token, over), name="refresh-turn", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        with writing() as session:
            _give_back(session, token)


def last_begun(session: Session) -> datetime | None:
    """When the last refresh began that ended or is still at work; None before the first one."""
    row = session.get(TurnRow, TURN)
    if row is None or (row.token is not None and _is_lost(row)):
        return None
    return row.begun_at


def _take(session: Session, token: str) -> None:
    now = datetime.now(UTC)
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(TurnRow.__table__).values(name=TURN, token=token, begun_at=now, alive_at=now)
    session.execute(first.on_conflict_do_nothing())
    row = _mine(session)
    if row.token not in (None, token) and not _is_lost(row):
        raise RefreshRunning(f"another refresh is at work since {row.begun_at:%H:%M} UTC; wait until it has ended")
    row.token, row.begun_at, row.alive_at = token, now, now


def _give_back(session: Session, token: str) -> None:
    row = _mine(session)
    if row.token == token:
        row.token = None


def _keep_alive(writing: Transaction, token: str, over: threading.Event) -> None:
    while not over.wait(BEAT_S):
        try:
            with writing() as session:
                row = _mine(session)
                if row.token == token:
                    row.alive_at = datetime.now(UTC)
        except SQLAlchemyError as error:
            logger.warning("the refresh could not say that it is at work (%s)", type(error).__name__)


def _mine(session: Session) -> TurnRow:
    return session.execute(select(TurnRow).where(TurnRow.name == TURN).with_for_update()).scalar_one()


def _is_lost(row: TurnRow) -> bool:
    return datetime.now(UTC) - row.alive_at > LOST_AFTER
