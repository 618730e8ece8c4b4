"""`shopkeeper run`: Rasa and the one other process on this machine, supervised until Ctrl-C."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import typer

from bot import agents, rasa_process
from bot.database import Database
from bot.errors import Unavailable
from bot.settings import Settings
from bot.supervisor import Child, require_free_ports, supervise

app = typer.Typer(add_completion=False)

CHECK_TIMEOUT_S = 5.0


@app.command()
def run() -> None:
    """Start the whole shop assistant and keep it running until Ctrl-C; `shopkeeper setup` must have run before.

    What each process prints is in VAR_DIR/log. A process that dies is started again.
    """
    settings = Settings()
    require_setup(settings)
    require_free_ports(
        {
            "PORT": (settings.bind_host, settings.port),
            "INTERNAL_PORT": (settings.internal_host, settings.internal_port),
            "RASA_PORT": (settings.internal_host, settings.rasa_port),
        }
    )
    print("Starting; this takes up to a minute …", file=sys.stderr)
    asyncio.run(supervise(children(settings), ready=lambda: is_ready(settings), on_ready=lambda: greet(settings)))


def require_setup(settings: Settings) -> None:
    missing = [name for name in ("models", "index", "rasa/models") if not (settings.var_dir / name).exists()]
    if missing:
        raise Unavailable(
            f"not set up yet ({', '.join(missing)} missing in {settings.var_dir}): run `make setup` first"
        )


def children(settings: Settings) -> list[Child]:
    logs = settings.var_dir.resolve() / "log"
    rasa = rasa_process.command(settings)
    ours = (sys.executable, str(Path(sys.executable).with_name("shopkeeper")), "serve", "all")
    return [
        Child(name="rasa", argv=rasa.argv, env=rasa.env, cwd=rasa.cwd, log=logs / "rasa.log"),
        Child(name="shopkeeper", argv=ours, env=os.environ, cwd=Path.cwd(), log=logs / "shopkeeper.log"),
    ]


async def is_ready(settings: Settings) -> bool:
    try:
        async with httpx.AsyncClient(timeout=CHECK_TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(f"{settings.public_url}/health/ready")
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def greet(settings: Settings) -> None:
    """Say where everything is and how to stop it."""
    base = settings.public_url
    places = [("Shop with chat", f"{base}/"), ("Console", f"{base}/console"), ("API", f"{base}/docs")]
    database = Database(settings.database_url)
    with database.writing() as session:
        password = agents.ensure_demo_agent(session, settings)
    database.close()
    print("\nShopkeeper is open.\n")
    for name, address in places:
        print(f"  {name:<16}{address}")
    if password is not None:
        print(f"  {'Console login':<16}{agents.DEMO_EMAIL} / {password}")
    print("\nCtrl-C stops everything.\n", flush=True)
