"""Start the processes of one machine, restart those that die, and stop them all together.

A child that dies is started again after a pause that doubles up to `LONGEST_PAUSE_S`; one that lived for
`STEADY_S` starts over with the shortest pause. What a child prints goes to its log file.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BotError

SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
GRACE_S = 10.0
OURS = "shopkeeper: "  # what an error of the command line begins with
LAST_BYTES = 4_000


@dataclass(frozen=True)
class Child:
    """A process to keep alive; `env` is its whole environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path


class PortUsed(BotError):
    status = 409


def require_free_ports(ports: Mapping[str, tuple[str, int]]) -> None:
    """Raise `PortUsed` for the first (setting → host, port) that another program listens on."""
    for setting, (host, port) in ports.items():
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise PortUsed(
                    f"port {port} on {host} cannot be used ({error.strerror}). "
                    f"Stop the program that listens there or choose another port, for instance {setting}={port + 100}."
                ) from error


def next_pause(pause: float, lived: float) -> float:
    """Seconds to wait before the next start of a child that waited `pause` before its last one and lived `lived`."""
    return SHORTEST_PAUSE_S if lived >= STEADY_S else min(max(pause * 2, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


async def keep_alive(child: Child, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Run `child` until `stop` is set, then end it: politely at first, for good after `GRACE_S`."""
    pause = 0.0
    while not stop.is_set():
        started = time.monotonic()
        code = await _run_once(child, stop)
        if stop.is_set():
            return
        pause = next_pause(pause, time.monotonic() - started)
        why = last_words(child.log)
        say(f"{child.name} ended (exit code {code}){why}; starting it again in {pause:g} s. Its log: {child.log}")
        await _wait(stop, pause)


def last_words(log: Path) -> str:
    """The sentence with which our command line ended, in brackets; empty when the log's last line is none."""
    lines = log.read_bytes()[-LAST_BYTES:].decode(errors="replace").splitlines() if log.exists() else []
    return f" ({lines[-1].removeprefix(OURS)})" if lines and lines[-1].startswith(OURS) else ""


async def supervise(
    children: Sequence[Child],
    *,
    ready: Callable[[], Awaitable[bool]],
    on_ready: Callable[[], None],
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
) -> None:
    """Keep `children` alive until Ctrl-C or SIGTERM; call `on_ready` once, when `ready` first answers True."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as tasks:
        for child in children:
            tasks.create_task(keep_alive(child, stop, say))
        tasks.create_task(_announce(ready, on_ready, stop))
        await stop.wait()
        say("Stopping …")


async def _announce(ready: Callable[[], Awaitable[bool]], on_ready: Callable[[], None], stop: asyncio.Event) -> None:
    while not stop.is_set():
        if await ready():
            on_ready()
            return
        await _wait(stop, 0.5)


async def _run_once(child: Child, stop: asyncio.Event) -> int:
    child.log.parent.mkdir(parents=True, exist_ok=True)
    with child.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *child.argv,
            env=dict(child.env),
            cwd=child.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    stopping = asyncio.create_task(stop.wait())
    exited = asyncio.create_task(process.wait())
    await asyncio.wait({stopping, exited}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not exited.done():
        await _end(process, exited)
    return await exited


async def _end(process: asyncio.subprocess.Process, exited: asyncio.Task[int]) -> None:
    """SIGTERM to the child's whole group, SIGKILL to what is left of it after `GRACE_S`."""
    _signal_group(process.pid, signal.SIGTERM)
    await asyncio.wait({exited}, timeout=GRACE_S)
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
