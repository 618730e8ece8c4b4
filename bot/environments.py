"""Make the two Python environments: ours (3.11+, `.venv`) and Rasa's (3.10, `bot/rasa/.venv`).

Standard library only, because it runs before anything is installed: `python3 -I bot/environments.py`. An environment
whose inputs have not changed since its last complete install is left alone.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_PYTHON_310 = (
    "Rasa needs Python 3.10, and none was found on PATH, among pyenv's versions or through uv. "
    "Install one with `pyenv install 3.10` or `uv python install 3.10` and run this again."
)
NO_PYTHON_311 = (
    "Shopkeeper needs Python 3.11 or newer; install one, then run this again with `make PYTHON=/path/to/python3.11`."
)


@dataclass(frozen=True)
class Environment:
    """A virtual environment at `folder` with `packages` installed as `constraints` pins them."""

    name: str
    folder: Path
    packages: tuple[str, ...]
    constraints: Path
    inputs: tuple[Path, ...]


MAIN = Environment(
    name="main environment",
    folder=ROOT / ".venv",
    packages=("-e", ".[test]"),
    constraints=ROOT / "constraints.txt",
    inputs=(ROOT / "pyproject.toml",),
)
RASA = Environment(
    name="Rasa's environment",
    folder=ROOT / "bot" / "rasa" / ".venv",
    packages=("-r", str(ROOT / "bot" / "rasa" / "requirements.txt")),
    constraints=ROOT / "bot" / "rasa" / "constraints.txt",
    inputs=(ROOT / "bot" / "rasa" / "requirements.txt",),
)


def version_of(python: str) -> tuple[int, int] | None:
    """(major, minor) of an interpreter, or None if it does not run."""
    try:
        asked = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    numbers = asked.stdout.split()
    return (int(numbers[0]), int(numbers[1])) if asked.returncode == 0 and len(numbers) == 2 else None


def find_python(wanted: Iterable[tuple[int, int]], candidates: Iterable[str]) -> str | None:
    """The first candidate whose version is among `wanted`."""
    wanted = set(wanted)
    return next((python for python in candidates if version_of(python) in wanted), None)


def python_310_candidates() -> Iterator[str]:
    yield from filter(None, (os.environ.get("RASA_PYTHON"), shutil.which("python3.10")))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(folder / "bin" / "python") for folder in sorted(pyenv.glob("versions/3.10*"), reverse=True))
    if uv := shutil.which("uv"):
        subprocess.run([uv, "python", "install", "3.10"], capture_output=True, timeout=600)
        found = subprocess.run([uv, "python", "find", "3.10"], capture_output=True, text=True, timeout=60)
        yield from filter(None, [found.stdout.strip()])


def main_candidates() -> Iterator[str]:
    yield sys.executable
    yield from filter(None, (shutil.which(f"python3.{minor}") for minor in (11, 12, 13)))


def fingerprint(environment: Environment, python: str) -> str:
    digest = hashlib.sha256(f"{version_of(python)} {environment.folder}".encode())
    for path in (environment.constraints, *environment.inputs):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def make(environment: Environment, python: str) -> None:
    """Create and fill the environment unless its stamp says that it is complete; SystemExit says what went wrong."""
    stamp = environment.folder / "installed"
    inside = environment.folder / "bin" / "python"
    wanted = fingerprint(environment, python)
    if inside.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing {environment.name} into {environment.folder.relative_to(ROOT)} …", file=sys.stderr)
    stamp.unlink(missing_ok=True)
    if version_of(str(inside)) != version_of(python):
        subprocess.run([python, "-m", "venv", "--clear", environment.folder], check=True)
    log = environment.folder / "install.log"
    if not install(environment, inside, log):
        raise SystemExit(f"{environment.name} could not be installed; the end of {log} says why:\n{tail(log)}")
    stamp.write_text(wanted)


def install(environment: Environment, python: Path, log: Path) -> bool:
    """Run pip; its output goes to `log`, one line of progress to stderr."""
    command = [str(python), "-m", "pip", "install", "-c", str(environment.constraints), *environment.packages]
    count = 0
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        for line in process.stdout or ():
            file.write(line)
            verb, _, rest = line.strip().partition(" ")
            if verb == "Collecting":
                count += 1
            if verb in ("Collecting", "Downloading", "Processing", "Installing", "Building"):
                show(f"  {count} packages · {verb.lower()} {rest.split(' ')[0].rsplit('/', 1)[-1]}")
    show("")
    return process.wait() == 0


def show(line: str) -> None:
    """One line of progress that replaces the last on a terminal; a log gets no flood."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line[:100]}", end="", file=sys.stderr, flush=True)


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def main() -> None:
    python = find_python([(3, minor) for minor in (11, 12, 13)], main_candidates())
    if python is None:
        raise SystemExit(NO_PYTHON_311)
    rasa_python = find_python([(3, 10)], python_310_candidates())
    if rasa_python is None:
        raise SystemExit(NO_PYTHON_310)
    make(MAIN, python)
    make(RASA, rasa_python)


if __name__ == "__main__":
    main()
