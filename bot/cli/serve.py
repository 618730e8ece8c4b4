"""`shopkeeper serve`: one part as a service of its own, and whether it is well (`--check`, for health checks)."""

import logging
import os
import signal
import threading
from enum import StrEnum
from typing import Annotated

import httpx
import typer

from bot.errors import Unavailable
from bot.settings import Settings

app = typer.Typer(add_completion=False)

CHECK_S = 5.0


class Part(StrEnum):
    everything = "all"
    gateway = "gateway"
    models = "models"
    actions = "actions"
    console = "console"
    worker = "worker"
    rasa = "rasa"


@app.command()
def serve(
    part: Annotated[Part, typer.Argument(help="`all`: everything but Rasa in one process, as `run` starts it")],
    check: Annotated[bool, typer.Option("--check", help="only ask the running part whether it is well")] = False,
) -> None:
    """Run one part of Shopkeeper as a service of its own; settings come from the environment."""
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line a turn otherwise
    if check:
        check_part(part, settings)
    elif part == Part.rasa:
        run_rasa(settings)
    elif part == Part.worker:
        run_worker(settings)
    else:
        run_doors(part, settings)


def run_doors(part: Part, settings: Settings) -> None:
    from bot import services
    from bot.serving import Door, serve

    public = (settings.bind_host, settings.port)
    internal = (settings.internal_host, settings.internal_port)
    if part == Part.everything:
        outside, inside = services.together(settings)
        serve([Door(outside, *public), Door(inside, *internal)])
    elif part == Part.gateway:
        serve([Door(services.gateway_app(settings), *public)])
    elif part == Part.console:
        serve([Door(services.console_app(settings), settings.bind_host, settings.console_port)])
    elif part == Part.models:
        serve([Door(services.models_app(settings), *internal)])
    else:
        serve([Door(services.actions_app(settings), *internal)])


def run_worker(settings: Settings) -> None:
    from bot import services
    from bot.database import Database

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    services.worker(settings, Database(settings.database_url)).run(stop)


def run_rasa(settings: Settings) -> None:
    """Become Rasa's process."""
    from bot import rasa_process

    command = rasa_process.command(settings)
    os.chdir(command.cwd)
    os.execve(command.argv[0], command.argv, command.env)


def check_part(part: Part, settings: Settings) -> None:
    """Raise `Unavailable` when the part on this machine is not well."""
    if part == Part.worker:
        from bot import services
        from bot.database import Database

        if not services.follows(Database(settings.database_url)):
            raise Unavailable("The event log has events that nobody has folded into the profiles yet.")
        return
    places = {
        Part.everything: f"http://127.0.0.1:{settings.port}/health/ready",
        Part.gateway: f"http://127.0.0.1:{settings.port}/health/ready",
        Part.console: f"http://127.0.0.1:{settings.console_port}/health/live",
        Part.models: f"http://127.0.0.1:{settings.internal_port}/health/live",
        Part.actions: f"http://127.0.0.1:{settings.internal_port}/health/live",
        Part.rasa: f"http://127.0.0.1:{settings.rasa_port}/",
    }
    try:
        answer = httpx.get(places[part], timeout=CHECK_S, trust_env=False)
    except httpx.HTTPError as error:
        raise Unavailable(f"{part} does not answer at {places[part]}.") from error
    if answer.status_code != 200:
        raise Unavailable(f"{part} is not well: {answer.text[:300]}")
