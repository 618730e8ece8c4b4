"""The nightly refresh: once a day at `REFRESH_HOUR`, in a process of its own that gives way to all others.

Every worker looks whether it is time; of several that start one the database lets one refresh (`insight.batch.turn`).
A night that was missed, because nothing ran, is made up for.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database
from bot.settings import Settings
from insight.batch.turn import last_begun

COMMAND = (sys.executable, str(Path(sys.executable).with_name("shopkeeper")), "insight", "refresh", "--gently")
NEVER = -1
LOOK_S = 60.0
AGAIN_S = 3600.0
GRACE_S = 10.0

logger = logging.getLogger(__name__)


class Nightly:
    """Starts `command` when it is time; `.run(stop)` blocks until `stop` and ends what it started."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        command: Sequence[str] = COMMAND,
        look_s: float = LOOK_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._hour, self._zone = settings.refresh_hour, ZoneInfo(settings.time_zone)
        self._command, self._look_s, self._now = command, look_s, now

    def run(self, stop: threading.Event) -> None:
        pause = self._look_s
        while not stop.wait(pause):
            try:
                due = self.is_due()
            except SQLAlchemyError as error:
                logger.warning("the nightly refresh waits for the database (%s)", type(error).__name__)
                continue
            pause = self._look_s if not due or self._refresh(stop) else max(self._look_s, AGAIN_S)

    def is_due(self) -> bool:
        """Whether no refresh has begun since the latest `REFRESH_HOUR`."""
        if self._hour == NEVER:
            return False
        with self._database.reading() as session:
            last = last_begun(session)
        return last is None or last < latest(self._hour, self._zone, self._now())

    def _refresh(self, stop: threading.Event) -> bool:
        logger.info("the nightly refresh begins")
        process = subprocess.Popen(self._command)
        while process.poll() is None:
            if stop.wait(min(1.0, self._look_s)):
                _end(process)
                return True
        if process.returncode:
            logger.warning("the nightly refresh ended with exit code %s", process.returncode)
        return process.returncode == 0


def latest(hour: int, zone: ZoneInfo, now: datetime) -> datetime:
    """When it was `hour` o'clock last, by the clocks of `zone`."""
    local = now.astimezone(zone)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).astimezone(UTC)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
