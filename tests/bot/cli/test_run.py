"""`shopkeeper run` asks its own processes, whatever proxy the rest of the machine uses."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.cli.run import is_ready
from bot.settings import Settings
from tests.ports import free_port


class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    server = HTTPServer(("127.0.0.1", 0), Ready)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_proxy_does_not_stand_between_a_machine_and_itself(port, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert await is_ready(Settings(port=port, _env_file=None))


async def test_nobody_there_is_not_ready():
    assert not await is_ready(Settings(port=free_port(), _env_file=None))
