"""Everything a start needs, made if it is not there or its inputs changed: database, demo shop, models, index, rules.

A flat list of steps; each answers whether it had to do something. Torch is imported only when something is trained.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from bot import agents, migrations, rasa_process
from bot.database import Database
from bot.models import indexing, training
from bot.settings import Settings
from bot.shop.demo import load_demo
from bot.shop.sql import SqlShop
from bot.turn.catalogue import Catalogue
from insight.events import newest
from insight.profile.store import folded_to
from insight.refresh import refresh


@dataclass(frozen=True)
class Step:
    """`make` brings one thing up to date and returns False when it already was."""

    name: str
    make: Callable[[Settings], bool]


def prepare(settings: Settings, say: Callable[[str], None] = lambda line: print(line, file=sys.stderr)) -> None:
    """Run every step; a second run with unchanged inputs does nothing but look."""
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        started = time.monotonic()
        if step.make(settings):
            say(f"{step.name}: done in {time.monotonic() - started:.0f} s")
        else:
            say(f"{step.name}: up to date")


def make_tables(settings: Settings) -> bool:
    return migrations.migrate(settings.database_url)


def make_tracker_database(settings: Settings) -> bool:
    """Rasa's tracker store is a database of its own; on PostgreSQL it must exist before Rasa starts."""
    url = make_url(settings.tracker_url)
    if url.get_backend_name() == "sqlite":
        folder = Path(url.database or "").parent
        existed = folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        return not existed
    return create_database(url.set(drivername="postgresql+psycopg"))


def create_database(url: URL) -> bool:
    """Create the PostgreSQL database that `url` names; False when it is there."""
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            named = {"name": url.database}
            if connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), named).first():
                return False
            quoted = engine.dialect.identifier_preparer.quote(url.database or "")
            connection.execute(text(f"CREATE DATABASE {quoted}"))
            return True
    finally:
        engine.dispose()


def load_demo_shop(settings: Settings) -> bool:
    """Products, customers and two years of orders for the demo; outside development a shop is imported instead."""
    if not settings.shows_demo:
        return False
    database = Database(settings.database_url)
    try:
        return load_demo(database, settings.data_dir, today=datetime.now(UTC).date())
    finally:
        database.close()


def learn_customers(settings: Settings) -> bool:
    """Profiles, value tiers and what is bought together, once there are events that nobody has folded yet."""
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            if folded_to(session) == newest(session):
                return False
        refresh(
            database.reading,
            database.writing,
            half_life_days=settings.interest_half_life_days,
            embed=indexing.embedding(settings),
            items=list(Catalogue(SqlShop(database)).items().values()),
        )
        return True
    finally:
        database.close()


def make_demo_login(settings: Settings) -> bool:
    if not settings.shows_demo:
        return False
    database = Database(settings.database_url)
    try:
        with database.writing() as session:
            existed = bool(agents.everyone(session))
            agents.ensure_demo_agent(session, settings)
            return not existed
    finally:
        database.close()


STEPS = (
    Step("Database", make_tables),
    Step("Rasa's database", make_tracker_database),
    Step("Demo shop", load_demo_shop),
    Step("Customer profiles", learn_customers),
    Step("Demo login", make_demo_login),
    Step("Language model", training.train_if_changed),
    Step("Answers", indexing.index_if_changed),
    Step("Dialogue rules", rasa_process.train),
)
