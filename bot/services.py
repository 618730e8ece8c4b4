"""The composition root: builds each service from the settings, and knows what runs beside it in one process.

`together` is `shopkeeper run`'s one process: gateway, console and worker on the public door, models and actions on the
internal one, sharing database, pushes and models.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from bot.answers import Answers
from bot.database import Database
from bot.gateway import app as public
from bot.gateway import rendering
from bot.gateway.gateway import Gateway
from bot.gateway.limits import RateLimits
from bot.models.port import Understanding
from bot.models.remote import HttpModels
from bot.nightly import Nightly
from bot.push import Push
from bot.settings import Settings
from bot.shop.sql import SqlShop
from bot.turn.catalogue import Catalogue
from bot.turn.engine import Engine
from bot.turn.meters import Meters
from bot.turn.rasa import Rasa
from bot.turn.suggestion import Suggestions
from insight.profile.store import CONSUMER
from insight.suggestions import choose
from insight.tables import EventRow, PositionRow
from insight.worker import Worker

if TYPE_CHECKING:
    from bot.models.following import Following
    from bot.models.local import LocalModels

WORKER_LAG = timedelta(seconds=30)  # an older event that is not folded yet means that no worker follows the log
WORKER_STOP_S = 10.0
CHECK_S = 2.0

Alongside = Sequence[AbstractAsyncContextManager[object]]
Check = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Shared:
    """What the services of one process have in common."""

    settings: Settings
    database: Database
    shop: SqlShop
    catalogue: Catalogue
    push: Push


def share(settings: Settings) -> Shared:
    database = Database(settings.database_url)
    shop = SqlShop(database)
    return Shared(settings, database, shop, Catalogue(shop), Push(settings.redis_url))


def gateway_app(settings: Settings) -> FastAPI:
    """The gateway as a service of its own; models in this process unless `MODELS_URL` names them."""
    shared = share(settings)
    if settings.models_url:
        remote = HttpModels(settings.models_url, key=settings.internal_key)
        return _gateway(shared, remote, [_closing(remote.close)], {"models": lambda: _answers(remote)})
    following = local_models(shared)
    return _gateway(shared, following.models, [following], {}, _model_meters(following))


def models_app(settings: Settings) -> FastAPI:
    """The internal door of the models."""
    from bot.models import meters

    following = local_models(share(settings))
    app = _internal([following])
    _add_models(app, settings, following.models)
    app.include_router(meters.router(following))
    return app


def actions_app(settings: Settings) -> FastAPI:
    """The internal door of Rasa's actions."""
    app = _internal([])
    _add_actions(app, share(settings))
    return app


def console_app(settings: Settings) -> FastAPI:
    """The console as a service of its own; models in this process unless `MODELS_URL` names them."""
    shared = share(settings)
    if settings.models_url:
        remote = HttpModels(settings.models_url, key=settings.internal_key)
        app = _internal([shared.push, _closing(remote.close)])
        _add_console(app, shared, remote)
        return app
    following = local_models(shared)
    app = _internal([shared.push, following])
    _add_console(app, shared, following.models)
    return app


def together(settings: Settings) -> tuple[FastAPI, FastAPI]:
    """Everything but Rasa in one process: the public application and the internal one."""
    shared = share(settings)
    following = local_models(shared)
    models = following.models
    follower = Follower(worker(settings, shared.database), shared.push)
    nights = Nights(Nightly(settings, shared.database))
    checks: Mapping[str, Check] = {"worker": follower.alive, "actions": _there, "console": _there}
    app = _gateway(shared, models, [following, follower, nights], checks, _model_meters(following))
    _add_console(app, shared, models)
    internal = _internal([])
    _add_models(internal, settings, models)
    _add_actions(internal, shared)
    return app, internal


def worker(settings: Settings, database: Database) -> Worker:
    """The follower of the event log; `.run(stop)` blocks."""
    return Worker(database.writing, reading=database.reading, half_life_days=settings.interest_half_life_days)


def follows(database: Database) -> bool:
    """Whether some worker folds the log's events."""
    with database.reading() as session:
        position = select(func.coalesce(func.max(PositionRow.event_id), 0)).where(PositionRow.consumer == CONSUMER)
        oldest = session.scalar(select(func.min(EventRow.recorded_at)).where(EventRow.id > position.scalar_subquery()))
    return oldest is None or datetime.now(UTC) - oldest < WORKER_LAG


def local_models(shared: Shared) -> "Following":
    """The models in this process; loads them, so only where they are wanted."""
    from bot.models.following import Following

    return Following.open(shared.settings, Answers(shared.settings, shared.database), shared.catalogue)


class Follower:
    """The worker in a thread of this process, for as long as the application runs; news of a message wakes it."""

    def __init__(self, worker: Worker, push: Push) -> None:
        self._push = push
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=worker.run, args=(self._stop, self._wake), name="worker", daemon=True)
        self._listening: asyncio.Task[None] | None = None

    async def alive(self) -> bool:
        return self._thread.is_alive()

    async def __aenter__(self) -> None:
        self._thread.start()
        self._listening = asyncio.create_task(self._listen())

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
        self._stop.set()
        self._wake.set()
        await asyncio.to_thread(self._thread.join, WORKER_STOP_S)

    async def _listen(self) -> None:
        async with self._push.subscribe() as news:
            while True:
                told = await news.next()
                if told is not None and told.seq:
                    self._wake.set()


class Nights:
    """The nightly refresh for as long as the application runs."""

    def __init__(self, nightly: Nightly) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=nightly.run, args=(self._stop,), name="nightly", daemon=True)

    async def __aenter__(self) -> None:
        self._thread.start()

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.to_thread(self._thread.join, WORKER_STOP_S)


def _gateway(
    shared: Shared,
    understanding: Understanding,
    alongside: Alongside,
    checks: Mapping[str, Check],
    collectors: Sequence[Collector] = (),
) -> FastAPI:
    settings, database, push, meters = shared.settings, shared.database, shared.push, Meters()
    engine = Engine(
        database=database,
        understanding=understanding,
        rasa=Rasa(settings.rasa_url, key=settings.internal_key, timeout_s=settings.rasa_timeout_s),
        push=push,
        catalogue=shared.catalogue,
        suggestions=Suggestions(
            database,
            shared.catalogue,
            choose,
            understanding.embed,
            needs_consent=settings.suggestions_need_consent,
        ),
        meters=meters,
        lease_s=settings.lease_s,
        timeout_s=settings.rasa_timeout_s,
        message_limit=settings.message_limit,
    )
    limits = RateLimits(
        messages_per_minute=settings.messages_per_minute,
        visitors_per_minute=settings.visitors_per_minute,
        redis_url=settings.redis_url,
    )
    parts: dict[str, Check] = {
        "database": lambda: asyncio.to_thread(_reads, database),
        "models": _there,
        "rasa": engine.rasa.alive,
        "worker": lambda: asyncio.to_thread(follows, database),
        "actions": lambda: _lives(settings.actions_url),
        **checks,
    }
    for collector in collectors:
        meters.registry.register(collector)
    gateway = Gateway(settings, database, engine, push, limits, meters, parts)
    app = public.create(gateway, alongside=alongside)
    _add_widget(app, shared)
    return app


def _add_widget(app: FastAPI, shared: Shared) -> None:
    from bot.shop.demo.showcase import SHOWCASE
    from bot.widget import routes

    people = [shown.id for shown in SHOWCASE]
    routes.add_to(app, settings=shared.settings, database=shared.database, shop=shared.shop, people=people)


def _add_console(app: FastAPI, shared: Shared, understanding: Understanding) -> None:
    from bot.console import pages
    from bot.console.frame import Console
    from bot.models.training import model_folder
    from nlu.explain import Explanation, explain

    def explained(text: str) -> Explanation:
        return explain(model_folder(shared.settings), text)

    console = Console(shared.settings, shared.database, shared.shop, shared.push, understanding, explained)
    pages.mount(app, console)


def _add_models(app: FastAPI, settings: Settings, models: "LocalModels") -> None:
    from bot.models import routes

    app.include_router(routes.router(models, key=settings.internal_key))


def _add_actions(app: FastAPI, shared: Shared) -> None:
    from bot.actions import server
    from bot.actions.context import make_context

    context = make_context(shared.settings, shared.database, shared.shop, items=shared.catalogue.items)
    app.include_router(server.router(context))


def _internal(alongside: Alongside) -> FastAPI:
    """An application behind the internal door: no documentation pages, only whether it lives."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for each in alongside:
                await stack.enter_async_context(each)
            yield

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    rendering.install(app)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    return app


@asynccontextmanager
async def _closing(close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    yield
    await close()


def _model_meters(following: "Following") -> Sequence[Collector]:
    from bot.models.meters import ModelMeters

    return [ModelMeters(following)]


async def _there() -> bool:
    return True


async def _answers(models: HttpModels) -> bool:
    await models.parse("hello")
    return True


async def _lives(url: str) -> bool:
    """Whether the process answers that has the door `url`."""
    async with httpx.AsyncClient(timeout=CHECK_S, trust_env=False) as client:
        return (await client.get(httpx.URL(url).copy_with(path="/health/live"))).status_code == 200


def _reads(database: Database) -> bool:
    with database.reading() as session:
        return session.scalar(select(1)) == 1
