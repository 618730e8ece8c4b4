"""`shopkeeper serve`: one part as a service of its own, as docker-compose starts it."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Annotated

import httpx
import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import rasa_process, services, serving
from bot.database import Database
from bot.errors import Unavailable
from bot.nightly import Nightly
from bot.settings import Settings

app = typer.Typer(add_completion=False)

CHECK_TIMEOUT_S = 5.0


@app.command()
def serve(
    part: Annotated[str, typer.Argument(help="all, gateway, models, actions, console, worker or rasa.")],
    check: Annotated[bool, typer.Option("--check", help="Only ask whether that part is healthy: exit 0 or 1.")] = False,
) -> None:
    """Run one part until SIGTERM. `all` is everything but Rasa in one process, as `shopkeeper run` starts it.

    gateway: the public door. models, actions: the internal door. console: the agents' pages. worker: folds events into
    profiles and refreshes what is learnt from all of them every night. rasa: the dialogue.
    """
    settings = Settings()
    if part not in PARTS:
        raise typer.BadParameter(f"choose one of {', '.join(PARTS)}", param_hint="PART")
    if check:
        raise typer.Exit(0 if is_healthy(part, settings) else 1)
    serving.log_to_stderr(settings.log_level)
    PARTS[part](settings)


def serve_all(settings: Settings) -> None:
    public, internal = services.together(settings)
    serving.serve(
        (public, settings.bind_host, settings.port), (internal, settings.internal_host, settings.internal_port)
    )


def serve_gateway(settings: Settings) -> None:
    serving.serve((services.gateway_app(settings), settings.bind_host, settings.port))


def serve_models(settings: Settings) -> None:
    serving.serve((services.models_app(settings), settings.internal_host, settings.internal_port))


def serve_actions(settings: Settings) -> None:
    serving.serve((services.actions_app(settings), settings.internal_host, settings.internal_port))


def serve_console(settings: Settings) -> None:
    serving.serve((services.console_app(settings), settings.bind_host, settings.console_port))


def serve_worker(settings: Settings) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    database = Database(settings.database_url)
    nights = threading.Thread(target=Nightly(settings, database).run, args=(stop,), name="nightly")
    nights.start()
    try:
        services.worker(settings, database).run(stop)
    finally:
        stop.set()
        nights.join()
        database.close()


def serve_rasa(settings: Settings) -> None:
    """Becomes Rasa: its environment, its process."""
    rasa = rasa_process.command(settings)
    os.chdir(rasa.cwd)
    sys.stdout.flush()
    os.execve(rasa.argv[0], rasa.argv, rasa.env)


PARTS: dict[str, Callable[[Settings], None]] = {
    "all": serve_all,
    "gateway": serve_gateway,
    "models": serve_models,
    "actions": serve_actions,
    "console": serve_console,
    "worker": serve_worker,
    "rasa": serve_rasa,
}


def is_healthy(part: str, settings: Settings) -> bool:
    """Whether this machine's `part` answers; the worker, which has no door, whether the log is followed."""
    if part == "worker":
        return _is_followed(settings)
    ports = {
        "rasa": settings.rasa_port,
        "console": settings.console_port,
        "all": settings.port,
        "gateway": settings.port,
    }
    path = "/" if part == "rasa" else "/health/live"
    try:
        url = f"http://127.0.0.1:{ports.get(part, settings.internal_port)}{path}"
        answer = httpx.get(url, timeout=CHECK_TIMEOUT_S, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def _is_followed(settings: Settings) -> bool:
    database = Database(settings.database_url)
    try:
        return services.follows(database)
    except (SQLAlchemyError, Unavailable):
        return False
    finally:
        database.close()
