"""The public application: routes, limits, and the sweeper for as long as it runs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from bot import segment_reactions
from bot.gateway import channel, health, messages, profiles, rendering, segments, socket, tracking, uploads, visitors
from bot.gateway.body_limit import JSON_LIMIT, BodyLimit
from bot.gateway.gateway import Gateway
from bot.turn import sweeper


def create(gateway: Gateway, *, alongside: Sequence[AbstractAsyncContextManager[object]] = ()) -> FastAPI:
    """The gateway as an ASGI application; its lifespan owns pushes, sweeper, Rasa's connections and `alongside`."""
    app = FastAPI(title="Shopkeeper", version="1", redoc_url=None, lifespan=_lifespan)
    app.state.alongside = alongside
    app.state.gateway = gateway
    app.state.senders = channel.Senders()
    rendering.install(app)
    uploads_limit = gateway.settings.upload_limit_mb * 1_000_000 + JSON_LIMIT
    app.add_middleware(
        BodyLimit, limits={uploads.UPLOAD_PATH: uploads_limit, tracking.BATCH_PATH: tracking.BATCH_BYTES}
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=gateway.settings.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
    )
    for module in (visitors, messages, uploads, channel, profiles, health, segments, socket, tracking):
        app.include_router(module.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    gateway: Gateway = app.state.gateway
    async with AsyncExitStack() as stack:
        for each in (gateway.push, *app.state.alongside):
            await stack.enter_async_context(each)
        settings = gateway.settings
        desk = sweeper.Desk(
            automatic=settings.assignment == "automatic",
            silent_after=timedelta(minutes=settings.silent_agent_minutes),
            reactions=segment_reactions.read(settings.segment_reactions),
        )
        sweeping = asyncio.create_task(sweeper.run(gateway.engine, desk))
        yield
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        await gateway.engine.drain()
        await gateway.engine.rasa.aclose()
