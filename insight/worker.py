"""The worker: follows the event log and folds what is new into the profiles, within a second.

Its position is stored in the same transaction as what it folded, and its row is locked meanwhile: a killed worker goes
on where it stopped, and of two at once one waits for the other.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from insight import segments
from insight.events import newest, read
from insight.profile import remaking
from insight.profile.document import Document
from insight.profile.remaking import Remaking
from insight.profile.store import HALF_LIFE_DAYS, fold_ahead, fold_new, folded_to, position, talking

EVENTS_A_STEP = 500
POLL_S = 0.2
LONGEST_PAUSE_S = 10.0
SWEEP_S = 3600.0

logger = logging.getLogger(__name__)


class Worker:
    """Folds events into profiles; `writing` gives a session for one transaction, committed at its end.

    With `reading` an idle worker only reads, so that it takes nobody's turn to write.
    """

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[Session]],
        *,
        reading: Callable[[], AbstractContextManager[Session]] | None = None,
        half_life_days: float = HALF_LIFE_DAYS,
    ) -> None:
        self._writing = writing
        self._reading = reading
        self._half_life_days = half_life_days
        self._ahead = 0  # conversations are folded up to this event
        self._remaking: Remaking | None = None

    def step(self) -> int:
        """Fold up to `EVENTS_A_STEP` new events in one transaction, and a slice of a long past; returns how many.

        When that is not all of them, say because another program sends its past, customers who chat need not wait
        until it is their turn.
        """
        return self._fold_new() + self._remake()

    def _fold_new(self) -> int:
        if self._reading is not None and not self._is_behind(self._reading):
            return 0
        with self._writing() as session:
            mine = position(session)
            recorded = read(session, mine.event_id, EVENTS_A_STEP)
            if recorded:
                changed = fold_new(session, recorded, half_life_days=self._half_life_days)
                mine.event_id = recorded[-1].id
                if len(recorded) == EVENTS_A_STEP:
                    changed |= self._fold_talks(session, mine.event_id)
                segments.follow(session, changed)
            return len(recorded)

    def _fold_talks(self, session: Session, after: int) -> dict[str, Document]:
        people, end = talking(session, after=max(after, self._ahead), limit=EVENTS_A_STEP)
        self._ahead = end
        return fold_ahead(session, people, after=after, up_to=end, half_life_days=self._half_life_days)

    def _remake(self) -> int:
        with (self._reading or self._writing)() as session:
            if self._remaking is None:
                self._remaking = remaking.begin(session, half_life_days=self._half_life_days)
            if self._remaking is None:
                return 0
            folded = self._remaking.advance(session)
        if not self._remaking.ids:
            with self._writing() as session:
                segments.follow(session, self._remaking.finish(session))
            self._remaking = None
        return max(folded, 1)

    def _is_behind(self, reading: Callable[[], AbstractContextManager[Session]]) -> bool:
        with reading() as session:
            return newest(session) > folded_to(session)

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


def _rest(stop: threading.Event, wake: threading.Event | None, seconds: float) -> None:
    if wake is None or seconds > POLL_S:
        stop.wait(seconds)
        return
    wake.wait(seconds)
    wake.clear()
