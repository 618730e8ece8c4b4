"""The batch work, once on DuckDB and once on a real Spark session: the same rows, numbers equal to 1e-9."""

import os
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.database import Database
from insight.batch.context import Context, Step
from insight.batch.engines import open_engine
from insight.batch.sampling import some
from insight.errors import EngineError
from insight.events import Event
from insight.profile.store import documents
from insight.profile.view import view
from insight.refresh import STEPS, refresh
from insight.tables import Base
from insight.tiers import Tiers
from tests.insight.story import NOON, event, record

NOW = NOON + timedelta(days=400)
TABLES = ("events", "orders", "lines", "customers", "neighbours", "favourites", "ways", "pairs", "triples", "sampled")
TABLES += ("mentions", "weeks")
PRODUCTS = [f"{kind}{number}" for kind in ("t", "l", "r", "Ä", "z ") for number in range(9)]

Tables = dict[str, pd.DataFrame]


def shop_log(seed: int = 7) -> Iterator[Event]:
    """Orders with many ties; some reported twice, taken back, paid back, of visitors, of people who were erased."""
    chance = random.Random(seed)
    for number in range(400):
        person, day = f"c{chance.randrange(90)}", chance.randrange(380)
        some = chance.sample(PRODUCTS, chance.randint(1, 6))
        products: list[Any] = [
            {"product_id": one, "price": chance.choice([1.1, 2.35, 0.001, "4.1"]), "quantity": chance.randint(1, 4)}
            | ({"category": one[0].upper()} if one[0] != "z" else {})
            for one in some
        ]
        story = {"order_id": f"o{number}", "products": products}
        visitor = {"visitor": f"v{person}", "person": None} if chance.random() < 0.1 else {"person": person}
        yield event("Order Completed", days=day, **visitor, **story)
        if chance.random() < 0.1:
            yield event("Order Completed", days=day + 1, **visitor, **story | {"total": 99.995})
        if chance.random() < 0.1:
            yield event("Order Cancelled", days=day + chance.choice([-1, 0, 1]), person=person, order_id=f"o{number}")
        if chance.random() < 0.2:
            back = chance.choice([{"products": products[:1]}, {"total": 5}, {}])
            yield event("Order Refunded", days=day + 2, person=person, order_id=f"o{number}", **back)
    for number in range(20):
        for day, product in ((3, "t1"), (20 + number % 3, "l1"), (40, "Ä1")):
            bought = {"product_id": product, "price": 2.5}
            yield event("Order Completed", days=day, person=f"s{number}", order_id=f"s{day}", products=[bought])
    yield from talk(chance)
    for number in range(0, 90, 3):
        yield event("Customer Identified", days=380, person=f"c{number}", visitor=f"vc{number}")
    yield event("Customer Erased", days=200, person="c1")


def talk(chance: random.Random) -> Iterator[Event]:
    """Messages and reviews of half a year, of products with and without a category, by people in a segment and not."""
    for number in range(300):
        person, day = f"c{chance.randrange(90)}", 250 + chance.randrange(140)
        about = [
            {"product_id": one, "category": one[0].upper()} for one in chance.sample(PRODUCTS, chance.randint(0, 2))
        ]
        place = {"days": day, "person": person, "talk": f"k{number}", "seq": 1}
        mood = chance.choice(["positive", "neutral", "negative"])
        intent = chance.choice(["track_order", "return_item", "greet"])
        yield event("Live Chat Message Sent", text="where is it", **place)
        yield event("Message Parsed", intent=intent, sentiment=mood, products=about, **place)
        stars = {"product_id": chance.choice(PRODUCTS), "rating": chance.randint(1, 5), "review_body": "as described"}
        yield event("Product Reviewed", days=day + chance.randrange(7), person=person, **stars)
        if number % 3 == 0:
            moved = chance.choice(["Segment Entered", "Segment Left"])
            yield event(moved, days=day, person=person, segment_id=chance.choice(["loyal", "away"]))


def run(database: Database, engine: str) -> Tables:
    """What the refresh computed, by table."""
    kept: Tables = {}

    def look(context: Context) -> dict[str, Any]:
        context.keep("sampled", some(context.table("lines"), "person_id", 0.5))
        for name in TABLES:
            rows = context.frame(context.table(name))
            kept[name] = rows.sort_values(list(rows.columns), ignore_index=True)
        return {}

    refresh(database.reading, database.writing, now=NOW, engine=engine, steps=[*STEPS, Step("look", "", look, "")])
    return kept


@contextmanager
def shop_in(folder: Path) -> Iterator[Database]:
    """A database with the log; a refresh adds events of its own, so that each engine gets one."""
    database = Database(f"sqlite:///{folder / 'shop.db'}")
    Base.metadata.create_all(database.engine)
    record(database, *shop_log())
    yield database
    database.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with shop_in(tmp_path_factory.mktemp("engines")) as database:
        yield database


@pytest.fixture(scope="module")
def by_duckdb(shop: Database) -> Tables:
    return run(shop, "duckdb")


@pytest.fixture(scope="module")
def by_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """Spark without its slow starts: small tables need no compiled queries."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        reason = "needs Java 17 on the PATH or in JAVA_HOME (package `openjdk-17-jre-headless`)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    settings = tmp_path_factory.mktemp("spark")
    (settings / "spark-defaults.conf").write_text(
        "spark.sql.codegen.wholeStage false\nspark.driver.extraJavaOptions -XX:TieredStopAtLevel=1\n"
    )
    with pytest.MonkeyPatch.context() as patch, shop_in(settings) as shop:
        patch.setenv("SPARK_CONF_DIR", str(settings))
        yield run(shop, "spark")


@pytest.mark.parametrize("name", TABLES)
def test_spark_finds_what_duckdb_finds(name: str, by_duckdb: Tables, by_spark: Tables):
    assert len(by_duckdb[name]) > (0 if name == "triples" else 50)
    pd.testing.assert_frame_equal(by_spark[name], by_duckdb[name], rtol=1e-9, atol=1e-9, check_dtype=False)


def test_a_sample_has_all_of_somebody_or_nothing(by_duckdb: Tables):
    everything, sampled = by_duckdb["lines"], by_duckdb["sampled"]
    people = set(sampled["person_id"])
    assert 0.3 < len(people) / everything["person_id"].nunique() < 0.7
    assert len(sampled) == everything["person_id"].isin(people).sum()


def test_customers_have_the_orders_that_their_profiles_have(shop: Database, by_duckdb: Tables):
    """Recency, frequency and money come out of the log as they do out of the fold."""
    customers = by_duckdb["customers"].set_index("person_id")
    with shop.reading() as session:
        values = {
            person_id: view(person_id, one, tiers=Tiers(), now=NOW).value for person_id, one in documents(session)
        }
    assert set(customers.index) <= values.keys()
    for person_id, value in values.items():
        found = customers.loc[person_id] if person_id in customers.index else None
        assert (0 if found is None else found.orders) == value.orders, person_id
        if found is not None:
            assert found.spent == pytest.approx(value.spent, abs=0.0051), person_id
            assert (NOW.replace(tzinfo=None) - found.last_at).days == int(value.recency_days or 0)


def test_an_unknown_engine_is_refused(tmp_path: Path):
    with pytest.raises(EngineError, match="choose from duckdb, spark"):
        open_engine("polars", tmp_path)


def test_missing_spark_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineError, match=r"pip install -e '\.\[spark\]'"), open_engine("spark", tmp_path):
        pass


def test_missing_java_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="needs Java 17"), open_engine("spark", tmp_path):
        pass
