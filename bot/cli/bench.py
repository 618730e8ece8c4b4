"""`shopkeeper bench`: the benchmarks of `tests/bench`, which need a checkout of the project."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from bot.errors import NotFound

ROOT = Path(__file__).resolve().parent.parent.parent

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Measure this installation against its peers, in the same run."
)


@app.callback()
def bench() -> None:
    """Benchmarks run beside their peers on this machine and print a table."""


def benchmark(name: str) -> ModuleType:
    if not (ROOT / "tests" / "bench" / f"{name}.py").exists():
        raise NotFound("the benchmarks are in tests/bench of a checkout; clone the project and run `make setup` there")
    sys.path.insert(0, str(ROOT))
    return import_module(f"tests.bench.{name}")


@app.command()
def chat(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Play 30 turns with 1, 4 and 16 customers against us and against Rasa as `rasa init` sets it up."""
    benchmark("chat").run(as_json=json)
