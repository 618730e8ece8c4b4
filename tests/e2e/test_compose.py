"""docker-compose.yml: parsed, and each service's very command run as a local process on a real PostgreSQL and Redis."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml

from bot.settings import Settings
from tests.ports import free_ports
from tests.stack import ROOT, link_trained

SECRETS = ("SECRET_KEY", "INTERNAL_KEY", "CHANNEL_KEY", "IDENTITY_KEY")
OURS = ("rasa", "models", "actions", "gateway", "console", "worker")
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_every_part_is_a_service_with_a_health_check(compose):
    services = compose["services"]
    assert {"postgres", "redis", "setup", *OURS} <= set(services)
    assert all("healthcheck" in service for name, service in services.items() if name != "setup")


def test_no_secret_has_a_default(compose):
    text = (ROOT / "docker-compose.yml").read_text()
    for name in (*SECRETS, "POSTGRES_PASSWORD"):
        assert re.findall(rf"\$\{{{name}(.)", text) and all(
            mark == ":" for mark in re.findall(rf"\$\{{{name}(.)", text)
        )
        assert f"{name}:-" not in text, f"{name} has a default"


def test_every_setting_of_a_shop_reaches_every_part(compose):
    """Compose hands on what has no value in the file from the environment or `.env`, where it is set there."""
    ours = {"VAR_DIR", "DATA_DIR", "PORT", "INTERNAL_PORT", "RASA_PORT", "CONSOLE_PORT", "DEVICE"}  # as in the image
    wanted = {name.upper() for name in Settings.model_fields} - ours
    assert all(wanted <= set(compose["services"][name]["environment"]) for name in ("setup", *OURS))


def test_only_gateway_and_console_publish_a_port(compose):
    services = compose["services"]
    assert {name for name, service in services.items() if "ports" in service} == {"gateway", "console"}
    assert compose["networks"]["internal"]["internal"] is True


def test_the_gpu_profile_asks_for_a_gpu(compose):
    service = compose["services"]["models-gpu"]
    assert service["profiles"] == ["gpu"]
    assert service["environment"]["DEVICE"] == "cuda"
    (device,) = service["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


@pytest.fixture(scope="module")
def services(compose, postgres_url, redis_url, tmp_path_factory):
    """All of our services as compose starts them, with its host names and ports mapped to free ones on this machine."""
    var = tmp_path_factory.mktemp("compose") / "var"
    var.mkdir()
    link_trained(var)
    database = new_database(postgres_url)
    public, console, rasa, *internal = free_ports(3 + 2)
    places = {
        "postgres:5432/shopkeeper": database.split("@")[1],
        "postgres:5432/rasa": re.sub(r"/\w+$", f"/{Path(database).name}_rasa", database).split("@")[1],
        "shopkeeper:a-secret": database.split("@")[0].split("//")[1],
        "redis:6379": redis_url.removeprefix("redis://").split("/")[0],
        "rasa:5005": f"127.0.0.1:{rasa}",
        "models:8001": f"127.0.0.1:{internal[0]}",
        "actions:8001": f"127.0.0.1:{internal[1]}",
        "0.0.0.0": "127.0.0.1",
    }
    ports = {"RASA_PORT": str(rasa), "PORT": str(public), "CONSOLE_PORT": str(console), "VAR_DIR": str(var)}
    secrets = {**dict.fromkeys((*SECRETS, "POSTGRES_PASSWORD"), "a-secret"), "ALLOWED_ORIGINS": "https://shop.example"}

    def environment(name):
        env = {
            key: local(str(value), places, secrets)
            for key, value in compose["services"][name]["environment"].items()
            if value is not None
        }
        port = internal[1] if name == "actions" else internal[0]
        return {**os.environ, **env, **ports, "INTERNAL_PORT": str(port)}

    run(compose["services"]["setup"]["command"], environment("setup"), var / "setup.log").wait(300)
    started = {}
    try:
        for name in OURS:
            command = compose["services"][name]["command"]
            started[name] = run(command, environment(name), var / f"{name}.log")
        yield {
            "url": f"http://127.0.0.1:{public}",
            "env": environment,
            "started": started,
            "compose": compose,
            "var": var,
        }
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        for process in started.values():
            process.wait(30)


def new_database(postgres_url):
    name = f"compose{os.getpid()}"
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgres_url.rsplit('/', 1)[0]}/{name}"


def local(value, places, secrets):
    """A value of compose on this machine: variables filled in, host names mapped."""
    value = re.sub(r"\$\{(\w+)[^}]*?(?::-([^}]*))?\}", lambda found: secrets.get(found[1], found[2] or ""), value)
    for host, address in places.items():
        value = value.replace(host, address)
    return value


def run(command, env, log):
    with log.open("wb") as file:
        return subprocess.Popen([str(BIN / command[0]), *command[1:]], env=env, cwd=ROOT, stdout=file, stderr=file)


def healthy(name, services):
    test = services["compose"]["services"][name]["healthcheck"]["test"]
    assert test[0] == "CMD"
    command = [str(BIN / test[1]), *test[2:]]
    return subprocess.run(command, env=services["env"](name), cwd=ROOT, capture_output=True, timeout=60).returncode == 0


def test_every_service_becomes_healthy_and_together_they_answer(services):
    deadline = time.monotonic() + 240
    waiting = set(OURS)
    while waiting and time.monotonic() < deadline:
        for name in sorted(waiting):
            process = services["started"][name]
            assert process.poll() is None, (
                f"{shlex.join(map(str, process.args))}: {(services['var'] / f'{name}.log').read_text()}"
            )
        waiting = {name for name in waiting if not healthy(name, services)}
    assert not waiting, {name: (services["var"] / f"{name}.log").read_text()[-2000:] for name in waiting}

    with httpx.Client(base_url=services["url"], timeout=60) as client:
        assert client.get("/health/ready").json()["missing"] == []
        assert client.post("/v1/visitors", json={}, headers={"Origin": "https://elsewhere.example"}).status_code == 403
        opened = client.post("/v1/visitors", json={}, headers={"Origin": "https://shop.example"}).json()
        client.headers["Authorization"] = f"Bearer {opened['token']}"
        answer = client.post("/v1/conversation/messages", json={"text": "how long do refunds take?", "wait": 30}).json()
        replies = [message["body"]["text"] for message in answer["messages"] if message["author"] == "bot"]
        assert replies and "day" in replies[0].lower()
        assert client.get("/model/parse").status_code == 404
        assert client.get("/").status_code in (200, 404)
