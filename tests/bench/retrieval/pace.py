"""How long a system takes: one question at a time, and with clients that wait for each other at one thread's door.

Systems take turns of a few questions, so that what else the machine does slows all of them alike.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nlu.batching import Batcher
from tests.bench.retrieval.systems import Numbers, System

TURN = 20  # questions
ROUNDS = 5  # turns of several clients
CLIENTS = 8


@dataclass
class Pace:
    """Seconds of each question by the clock and of the processor, and what was found."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    found: list[Numbers] = field(default_factory=list)


def one_at_a_time(systems: Sequence[System], questions: Sequence[int], *, seconds: float) -> Mapping[str, Pace]:
    """Each question alone, turn by turn; a system that has taken its `seconds` asks no more."""
    paces = {system.name: Pace() for system in systems}
    for system in systems:
        system.search([0])  # the first is slower than all others
    for start in range(0, len(questions), TURN):
        for system in systems:
            pace = paces[system.name]
            for number in questions[start : start + TURN]:
                if sum(pace.clock) < seconds:
                    ask(system, number, pace)
    return paces


def ask(system: System, number: int, pace: Pace) -> None:
    clock, processor = time.perf_counter(), time.thread_time()
    found = system.search([number])
    pace.processor.append(time.thread_time() - processor)
    pace.clock.append(time.perf_counter() - clock)
    pace.found.append(found)


@dataclass
class Rush:
    """What several clients got: questions, and the seconds they took by the clock and of the processor."""

    asked: int = 0
    clock: float = 0.0
    processor: float = 0.0


def many_at_a_time(systems: Sequence[System], questions: Sequence[int], *, seconds: float) -> Mapping[str, Rush]:
    """`CLIENTS` clients, each waiting for its answer, for so many `seconds` a system, turn by turn."""
    rushes = {system.name: Rush() for system in systems}
    for _ in range(ROUNDS):
        for system in systems:
            rush, processor = rushes[system.name], time.process_time()
            asked, clock = asyncio.run(together(system, questions, seconds=seconds / ROUNDS))
            rush.asked, rush.clock = rush.asked + asked, rush.clock + clock
            rush.processor += time.process_time() - processor
    return rushes


async def together(system: System, questions: Sequence[int], *, seconds: float) -> tuple[int, float]:
    """Questions answered through the thread that owns the index in serving, and the seconds by the clock."""
    batcher: Batcher[int, Numbers] = Batcher(lambda numbers: list(system.search(list(numbers))), name="bench")
    started = time.perf_counter()

    async def client(offset: int) -> int:
        asked = 0
        while time.perf_counter() < started + seconds:
            await batcher.call(questions[(offset + asked * CLIENTS) % len(questions)])
            asked += 1
        return asked

    asked = await asyncio.gather(*(client(offset) for offset in range(CLIENTS)))
    taken = time.perf_counter() - started
    await asyncio.to_thread(batcher.close)
    return sum(asked), taken


def milliseconds(times: Sequence[float], percent: float) -> float:
    return float(np.percentile(times, percent)) * 1000
