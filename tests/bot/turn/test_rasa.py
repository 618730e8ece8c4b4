"""The client of Rasa, against a real HTTP server on this loop."""

import asyncio

import pytest
from aiohttp import web

from bot.turn.errors import RasaUnavailable
from bot.turn.rasa import PATH, Rasa
from tests.ports import free_port

ASKED = {"sender": "c.1", "message_id": "c:1", "text": "hi", "parse": {"intent": {}}, "metadata": {}}
PART = {"type": "text", "text": "hello"}


@pytest.fixture
async def serve():
    """Start a server that answers with `handler`; returns a client of it."""
    runners, clients = [], []

    async def start(handler, **options):
        app = web.Application()
        app.router.add_post(PATH, handler)
        app.router.add_get("/", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        runners.append(runner)
        clients.append(Rasa(f"http://127.0.0.1:{port}", key="internal", **{"timeout_s": 5, **options}))
        return clients[-1]

    yield start
    for each in clients:
        await each.aclose()
    for each in runners:
        await each.cleanup()


async def test_a_decision_is_asked_with_the_key(serve):
    seen = []

    async def answer(request):
        seen.append((request.headers["X-Internal-Key"], await request.json()))
        return web.json_response({"messages": [PART], "active_loop": "return_form"})

    decision = await (await serve(answer)).decide(**ASKED)
    assert (decision.parts, decision.active_loop) == ([PART], "return_form")
    assert seen == [("internal", ASKED)]


@pytest.mark.parametrize(
    "response",
    [
        lambda: web.json_response({"error": "broken"}, status=500),
        lambda: web.json_response({"messages": []}),
        lambda: web.json_response([]),
        lambda: web.Response(text="<html>"),
    ],
)
async def test_anything_but_a_decision_is_unavailable(serve, response):
    async def answer(request):
        return response()

    with pytest.raises(RasaUnavailable):
        await (await serve(answer)).decide(**ASKED)


async def test_a_slow_rasa_is_not_waited_for(serve):
    async def answer(request):
        await asyncio.sleep(1)
        return web.json_response({"messages": [PART]})

    with pytest.raises(RasaUnavailable):
        await (await serve(answer, timeout_s=0.1)).decide(**ASKED)


async def test_a_rasa_that_is_not_there_is_unavailable_and_not_alive():
    rasa = Rasa(f"http://127.0.0.1:{free_port()}", key="internal", timeout_s=5)
    with pytest.raises(RasaUnavailable):
        await rasa.decide(**ASKED)
    assert not await rasa.alive()
    await rasa.aclose()
