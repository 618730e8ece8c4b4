"""The process that makes reports (`making`): one at a time, started for the first and kept for those that follow.

Most of a first report is the loading of its libraries; one asked for soon after takes a quarter of the time.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bot.console.reports import making
from bot.console.reports.making import Order
from bot.errors import BotError

TIMEOUT_S = 600.0
IDLE_S = 600.0  # then its memory is worth more than its haste

Tell = Callable[[int], None]  # the step of `making.STEPS` that has begun


class Maker:
    """One a process; all of its calls are made on the event loop."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._turn = asyncio.Semaphore(1)  # the others are customers' cores
        self._leaving: asyncio.TimerHandle | None = None

    async def make(self, order: Order, folder: Path, tell: Tell) -> None:
        """Everything that `making` writes is in `folder` afterwards; raises `BotError` with words for the page."""
        async with self._turn:
            if self._leaving is not None:
                self._leaving.cancel()
            process, done = await self._at_work(), False
            try:
                done = await asyncio.wait_for(_follow(process, order, folder, tell), TIMEOUT_S)
            except TimeoutError:
                raise BotError("The report took too long. Choose a shorter period.") from None
            finally:
                if not done:
                    await self.close()
            if not done:
                raise BotError("The report could not be made; the console's log says why.")
            self._leaving = asyncio.get_running_loop().call_later(IDLE_S, self._let_go)

    async def close(self) -> None:
        """End the process, whatever it is doing; the next report starts another."""
        process, self._process = self._process, None
        if self._leaving is not None:
            self._leaving.cancel()
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _at_work(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", making.__name__), stdin=PIPE, stdout=PIPE
            )
        return self._process

    def _let_go(self) -> None:
        """It ends by itself when nothing more can come."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()


async def _follow(process: Process, order: Order, folder: Path, tell: Tell) -> bool:
    """Whether it made the report."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps({"folder": str(folder), "order": asdict(order)}).encode() + b"\n")
    async for line in process.stdout:
        said = line.decode().strip()
        if said in (making.DONE, making.FAILED):
            return said == making.DONE
        tell(making.STEPS.index(said))
    return False
