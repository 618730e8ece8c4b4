"""One whole system for all end-to-end tests: `shopkeeper run` with Rasa, models, actions, console and worker."""

import uuid
from collections.abc import Callable, Iterator

import psutil
import pytest

from bot import agents
from bot.database import Database
from tests.e2e.customer import Customer
from tests.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with running_stack(MESSAGES_PER_MINUTE="600", VISITORS_PER_MINUTE="600", LEASE_S="5") as running:
        yield running


@pytest.fixture
def customer(stack: Stack) -> Iterator[Callable[..., Customer]]:
    """Opens customers; their sockets are closed at the end."""
    opened: list[Customer] = []

    def open_customer(customer_id: str | None = None) -> Customer:
        opened.append(Customer(stack, customer_id))
        return opened[-1]

    yield open_customer
    for each in opened:
        each.drop()


@pytest.fixture
def shop_database(stack: Stack) -> Iterator[Database]:
    """The running system's database, as the console's own process would reach it."""
    database = Database(stack.env.get("DATABASE_URL") or f"sqlite:///{stack.var / 'shopkeeper.db'}")
    yield database
    database.close()


@pytest.fixture
def agent_id(shop_database: Database) -> Iterator[str]:
    """An agent who is signed in and at the desk."""
    with shop_database.writing() as session:
        email = f"{uuid.uuid4().hex[:8]}@shop.example"
        agent = agents.add(session, email=email, name="Ann", role="agent", password="correct horse battery")
        agents.seen(session, agent.id)
    yield agent.id
    with shop_database.writing() as session:
        agents.gone(session, agent.id)


class Paused:
    """Rasa stopped in its tracks, as if it were thinking."""

    def __init__(self, process: psutil.Process) -> None:
        self.processes = [process, *process.children(recursive=True)]

    def __enter__(self) -> "Paused":
        for process in self.processes:
            process.suspend()
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            if process.is_running():
                process.resume()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()


@pytest.fixture
def thinking(stack: Stack) -> Callable[[], Paused]:
    return lambda: Paused(stack.child("launcher.py"))
