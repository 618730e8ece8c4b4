"""Errors of every package come out as one JSON object with their own status."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.errors import Taken
from bot.gateway import rendering
from insight.errors import EventError
from nlu.errors import Closed
from retrieval.errors import IndexRefused


@pytest.mark.parametrize("kind", [Taken, EventError, Closed, IndexRefused])
def test_an_error_keeps_its_status_and_sentence(kind):
    response = asked(kind("Do this instead."))
    assert (response.status_code, response.json()) == (kind.status, {"error": "Do this instead."})


def test_a_mistake_of_ours_tells_nothing_of_itself():
    response = asked(RuntimeError("secret detail"))
    assert response.status_code == 500
    assert response.json() == {"error": "Something went wrong on our side. Please try again."}


def asked(error):
    app = FastAPI()
    rendering.install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    return TestClient(app, raise_server_exceptions=False).get("/")
