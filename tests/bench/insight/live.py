"""A shop's orders through the real system: read, put into the database and its log, and refreshed by the command.

Each is a process of its own, as an owner would run it; the peak is that of the command and what it started.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from insight import orders
from tests.stack import ROOT

TIMEOUT_S = 3600
MIGRATE = "import sys; from bot.migrations import migrate; migrate(sys.argv[1])"
COMMAND = (
    "import json, resource, sys; from bot.cli import main\n"
    "try:\n    main(sys.argv[1:])\n"
    "except SystemExit as end:\n    assert not end.code, end.code\n"
    "used = resource.getrusage(resource.RUSAGE_SELF)\n"
    "print(json.dumps({'cpu_s': round(used.ru_utime + used.ru_stime, 1), 'peak_mb': used.ru_maxrss / 1e3}))"
)


def measure(file: Path, out: Path, *, limit: int | None = None) -> list[dict[str, Any]]:
    """Seconds and peak memory of `insight import` and of `insight refresh`, over the first `limit` lines of `file`."""
    with tempfile.TemporaryDirectory(prefix="live-", dir=out) as name:
        folder = Path(name)
        some = folder / f"orders{file.suffix}" if limit is None else folder / "orders.csv"
        if limit is None:
            some.symlink_to(file.resolve())
        else:
            orders.read(file)[0].head(limit)[list(orders.COLUMNS)].to_csv(some, index=False)
        env = {**os.environ, "VAR_DIR": name, "DATABASE_URL": f"sqlite:///{folder / 'shop.db'}"}
        subprocess.run([sys.executable, "-c", MIGRATE, env["DATABASE_URL"]], cwd=ROOT, env=env, check=True)
        return [_timed("import", str(some), env=env), _timed("refresh", env=env), _timed("refresh", env=env)]


def _timed(*arguments: str, env: dict[str, str]) -> dict[str, Any]:
    start = time.perf_counter()
    command = [sys.executable, "-c", COMMAND, "insight", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S)
    return {
        "command": arguments[0],
        "seconds": round(time.perf_counter() - start, 1),
        **json.loads(done.stdout.splitlines()[-1]),
    }
