"""A whole Shopkeeper of its own for tests and benchmarks: `shopkeeper run` on free ports with fresh databases.

What `make setup` trained and indexed is linked, not copied; everything that a conversation writes is new.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent
TRAINED = ("models", "index", "encoder", "rasa/models")
START_TIMEOUT_S = 240


@dataclass(frozen=True)
class Stack:
    """A running system: where it listens and how to look inside."""

    url: str
    internal_url: str
    rasa_url: str
    var: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]

    def child(self, name: str) -> psutil.Process:
        """The supervised process whose command line names `name` ("rasa" or "serve")."""
        for process in psutil.Process(self.process.pid).children():
            if any(name in part for part in process.cmdline()[1:4]):
                return process
        raise LookupError(f"no child named {name}; log: {self.var / 'log'}")

    def memory_mb(self) -> float:
        """Proportional set size of every process of the system, in MB."""
        return memory_mb(self.process.pid)

    def shopkeeper(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run the command line against this system."""
        command = [Path(sys.executable).parent / "shopkeeper", *arguments]
        return subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=timeout)

    def wait_ready(self, timeout: float = START_TIMEOUT_S) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"shopkeeper run ended with {self.process.returncode}; log: {self.var / 'log'}")
            if is_ready(self.url):
                return
            time.sleep(0.3)
        raise TimeoutError(f"not ready after {timeout} s; logs: {self.var / 'log'}")


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def memory_mb(pid: int) -> float:
    """Proportional set size of a process and all its descendants, in MB."""
    total = 0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def environment(var: Path, **settings: str) -> dict[str, str]:
    """The environment of a system in `var` on free ports; settings are added by their environment names."""
    port, internal_port, rasa_port = free_ports(3)
    return {
        **os.environ,
        "VAR_DIR": str(var),
        "PORT": str(port),
        "INTERNAL_PORT": str(internal_port),
        "ASSIGNMENT": "manual",
        "RASA_PORT": str(rasa_port),
        **settings,
    }


def link_trained(var: Path) -> None:
    """Link what `make setup` made, so that a fresh `var` needs no training."""
    trained = ROOT / "var"
    if not (trained / "models").exists():
        raise RuntimeError("nothing is trained yet: run `make setup` first")
    for name in TRAINED:
        target = var / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (trained / name).exists() and not target.exists():
            target.symlink_to(trained / name)


@contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    """A whole system, ready; stopped at the end with everything it started."""
    with tempfile.TemporaryDirectory(prefix="shopkeeper-") as folder:
        var = Path(folder)
        link_trained(var)
        env = environment(var, **settings)
        shopkeeper = Path(sys.executable).parent / "shopkeeper"
        subprocess.run([shopkeeper, "setup"], env=env, cwd=ROOT, check=True, timeout=600, capture_output=True)
        with (var / "run.log").open("wb") as log:
            process = subprocess.Popen([shopkeeper, "run"], env=env, cwd=ROOT, stdout=log, stderr=log)
        stack = Stack(
            url=f"http://127.0.0.1:{env['PORT']}",
            internal_url=f"http://127.0.0.1:{env['INTERNAL_PORT']}",
            rasa_url=f"http://127.0.0.1:{env['RASA_PORT']}",
            var=var,
            env=env,
            process=process,
        )
        try:
            stack.wait_ready()
            yield stack
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
