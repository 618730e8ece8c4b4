"""The supervisor with real child processes."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import supervisor
from bot.supervisor import Child, PortUsed, keep_alive, next_pause, require_free_ports, supervise


def child(tmp_path, code, name="child"):
    return Child(
        name=name, argv=[sys.executable, "-c", code], env=dict(os.environ), cwd=tmp_path, log=tmp_path / f"{name}.log"
    )


async def until(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@given(pause=st.floats(0, 100), lived=st.floats(0, 1000))
def test_pauses_grow_within_bounds_and_start_over_after_a_steady_run(pause, lived):
    after = next_pause(pause, lived)
    assert supervisor.SHORTEST_PAUSE_S <= after <= supervisor.LONGEST_PAUSE_S
    if lived >= supervisor.STEADY_S:
        assert after == supervisor.SHORTEST_PAUSE_S


async def test_a_child_that_dies_is_started_again(tmp_path):
    starts = tmp_path / "starts"
    code = f"print('shopkeeper: no index', flush=True); open({str(starts)!r}, 'a').write('x'); raise SystemExit(3)"
    stop, said = asyncio.Event(), []
    task = asyncio.create_task(keep_alive(child(tmp_path, code), stop, said.append))
    await until(lambda: starts.exists() and len(starts.read_text()) >= 2)
    stop.set()
    await asyncio.wait_for(task, 5)
    assert "exit code 3) (no index)" in said[0]


async def test_sigterm_stops_children_and_what_they_started(tmp_path):
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{inner.pid}}')\n"
        "time.sleep(60)"
    )

    async def ready():
        return pids.exists() and len(pids.read_text().split()) == 2

    await asyncio.wait_for(
        supervise(
            [child(tmp_path, code)],
            ready=ready,
            on_ready=lambda: os.kill(os.getpid(), signal.SIGTERM),
            say=lambda line: None,
        ),
        15,
    )
    outer, inner = map(int, pids.read_text().split())
    for pid in (outer, inner):
        await until(lambda pid=pid: not running(pid))


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_used_port_is_named_with_the_setting_that_changes_it():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(PortUsed, match=rf"port {port} .* PORT=\d+"):
            require_free_ports({"PORT": ("127.0.0.1", port)})


def test_free_ports_pass():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    require_free_ports({"PORT": ("127.0.0.1", port)})
