"""The worker: follows the event log and folds what is new into the profiles, within a second.

Its position is stored in the same transaction as what it folded, and its row is locked meanwhile: a killed worker goes
on where it stopped, and of two at once one waits for the other.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from insight import segments
from insight.events import read
from insight.profile.store import CONSUMER, HALF_LIFE_DAYS, fold_new
from insight.tables import PositionRow

EVENTS_A_STEP = 500
POLL_S = 0.2
LONGEST_PAUSE_S = 10.0
SWEEP_S = 3600.0

logger = logging.getLogger(__name__)


class Worker:
    """Folds events into profiles; `writing` gives a session for one transaction, committed at its end."""

    def __init__(
        self, writing: Callable[[], AbstractContextManager[Session]], *, half_life_days: float = HALF_LIFE_DAYS
    ) -> None:
        self._writing = writing
        self._half_life_days = half_life_days

    def step(self) -> int:
        """Fold up to `EVENTS_A_STEP` new events in one transaction; returns how many."""
        with self._writing() as session:
            mine = position(session)
            recorded = read(session, mine.event_id, EVENTS_A_STEP)
            if recorded:
                changed = fold_new(session, recorded, half_life_days=self._half_life_days)
                mine.event_id = recorded[-1].id
                segments.follow(session, changed)
            return len(recorded)

    def sweep(self) -> None:
        """Look at everybody: time alone moves people into segments and out of them."""
        after: str | None = ""
        while after is not None:
            with self._writing() as session:
                position(session)
                after = segments.sweep(session, after=after)

    def run(self, stop: threading.Event, wake: threading.Event | None = None) -> None:
        """Follow the log until `stop`; `wake` cuts the pause short. A database that is away is waited for."""
        pause, sweep_at = POLL_S, 0.0
        while not stop.is_set():
            try:
                folded = self.step()
                pause = POLL_S
                if not folded and time.monotonic() >= sweep_at:
                    self.sweep()
                    sweep_at = time.monotonic() + SWEEP_S
            except SQLAlchemyError as error:
                logger.warning("the profiles wait for the database (%s)", type(error).__name__)
                folded, pause = 0, min(pause * 2, LONGEST_PAUSE_S)
            except Exception:
                logger.exception("folding failed; trying again")
                folded, pause = 0, min(pause * 2, LONGEST_PAUSE_S)
            if folded < EVENTS_A_STEP:
                _rest(stop, wake, pause)


def position(session: Session) -> PositionRow:
    """How far the profiles have followed the log; the row is locked until the transaction ends."""
    mine: Any = select(PositionRow).where(PositionRow.consumer == CONSUMER).with_for_update()
    found = session.execute(mine).scalar_one_or_none()
    if found is None:
        found = PositionRow(consumer=CONSUMER, event_id=0)
        session.add(found)
        session.flush()  # of two first workers one fails here and finds the row at its next step
    return found


def _rest(stop: threading.Event, wake: threading.Event | None, seconds: float) -> None:
    if wake is None or seconds > POLL_S:
        stop.wait(seconds)
        return
    wake.wait(seconds)
    wake.clear()
