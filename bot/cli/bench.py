"""`shopkeeper bench`: the benchmarks of `tests/bench`, which need a checkout of the project."""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from bot.errors import NotFound
from bot.models import indexing
from bot.settings import Settings
from retrieval.templates import load

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK_SIZES = (1_000, 60_000)

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Measure this installation against its peers, in the same run."
)


@app.callback()
def bench() -> None:
    """Benchmarks run beside their peers on this machine and print a table."""


def benchmark(name: str) -> ModuleType:
    if not (ROOT / "tests" / "bench" / f"{name.replace('.', '/')}.py").exists():
        raise NotFound("the benchmarks are in tests/bench of a checkout; clone the project and run `make setup` there")
    sys.path.insert(0, str(ROOT))
    return import_module(f"tests.bench.{name}")


@app.command()
def chat(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Play 30 turns with 1, 4 and 16 customers against us and against Rasa as `rasa init` sets it up."""
    benchmark("chat").run(as_json=json)


@app.command()
def nlu(
    data: Annotated[
        Path | None, typer.Option(help="Folder of the public data sets. Default: the variable SHOPKEEPER_DATA.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="A data set or a method; give it several times.")] = None,
    quick: Annotated[bool, typer.Option(help="Small slices, in minutes: shows that it runs.")] = False,
    at_once: Annotated[
        int | None, typer.Option(min=1, help="Trainings side by side, up to 7 GB each. Default: two; one on a GPU.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the results. Default: VAR_DIR/bench/nlu.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Train our classifier and its peers on the same splits; goes on where it stopped when it was interrupted."""
    settings = Settings()
    folder = data or (Path(os.environ["SHOPKEEPER_DATA"]) if os.environ.get("SHOPKEEPER_DATA") else None)
    if folder is None or not folder.is_dir():
        raise NotFound("there are no data sets to measure on; give their folder with --data")
    benchmark("nlu.run").run(
        data=folder,
        out=out or settings.var_dir / "bench" / "nlu",
        base=settings.encoder,
        device=settings.device,
        only=only or [],
        quick=quick,
        at_once=at_once,
        as_json=json,
    )


@app.command()
def retrieval(
    sizes: Annotated[str, typer.Option(help="How many templates, with commas between.")] = "1000,100000,1000000",
    quick: Annotated[bool, typer.Option(help="Two small sizes, in minutes: shows that it runs.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="A system; give it several times. Default: all.")] = None,
    device: Annotated[str, typer.Option(help="auto: compare a GPU with the CPU, if there is one; or cpu.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder of what is built. Default: VAR_DIR/bench/retrieval.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Search made-up templates around the shop's own with our index and its peers; keeps what it has built."""
    settings = Settings()
    counts = QUICK_SIZES if quick else whole_numbers(sizes)
    measuring, made_up = benchmark("retrieval.run"), benchmark("retrieval.made_up")
    if unknown := set(only or ()) - set(measuring.SYSTEMS):
        raise typer.BadParameter(f"there is no {min(unknown)}; there are {', '.join(measuring.SYSTEMS)}")
    encoder = indexing.load_encoder(settings, threads=1)
    measuring.run(
        made_up.real_passages(load(settings.data_dir / "answers"), encoder.encode),
        sizes=counts,
        out=out or settings.var_dir / "bench" / "retrieval",
        device=device,
        systems=only or tuple(measuring.SYSTEMS),
        effort=measuring.QUICK if quick else measuring.Effort(),
        as_json=json,
    )


@app.command()
def insight(
    orders: Annotated[Path | None, typer.Option(help="A shop's orders, CSV or Parquet.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the public data sets, whose online_retail is then the shop.")
    ] = None,
    sizes: Annotated[str, typer.Option(help="How many times the shop's size, with commas between.")] = "1,10,50",
    only: Annotated[list[str] | None, typer.Option(help="A part; give it several times. Default: all.")] = None,
    quick: Annotated[bool, typer.Option(help="Small sizes, in minutes: shows that it runs.")] = False,
    out: Annotated[Path | None, typer.Option(help="Scratch folder. Default: VAR_DIR/bench/insight.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Learn from ever larger shops beside pandas, and see how fast profiles and suggestions follow a message."""
    settings = Settings()
    folder = data or (Path(os.environ["SHOPKEEPER_DATA"]) if os.environ.get("SHOPKEEPER_DATA") else None)
    file = orders or (folder / "online_retail" / "online_retail_2010_2011.parquet" if folder else None)
    if file is None or not file.is_file():
        raise NotFound("there are no orders to measure on; give a file with --orders or the data folder with --data")
    measuring = benchmark("insight.run")
    if unknown := set(only or ()) - set(measuring.PARTS):
        raise typer.BadParameter(f"there is no {min(unknown)}; there are {', '.join(measuring.PARTS)}")
    measuring.run(
        file,
        sizes=(1,) if quick else whole_numbers(sizes),
        out=out or settings.var_dir / "bench" / "insight",
        only=only or measuring.PARTS,
        quick=quick,
        as_json=json,
    )


@app.command()
def pages(
    pages: Annotated[int, typer.Option(min=1, help="Customers with the chat open.")] = 50,
    agents: Annotated[int, typer.Option(min=0, help="Agents at the console, each with three of them.")] = 5,
    seconds: Annotated[float, typer.Option(min=5, help="How long everybody types.")] = 60,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Let customers and agents type at once in Chromium against a whole system: how long is it from Enter to echo?"""
    benchmark("pages").run(pages=pages, people=agents, seconds=seconds, as_json=json)


def whole_numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise typer.BadParameter(f"'{text}' is not a list of sizes; give them like 1000,100000")
    return [int(part) for part in parts]
