"""What each source brings, on a shop whose customers have two tastes and whose products say what they are."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from bot.database import Database
from insight.catalogue import Item
from insight.refresh import STEPS, refresh
from insight.suggestions import Prices, Said, Suggestion, suggest
from insight.tables import Base
from tests.insight.story import NOON, event, order, record

NOW = NOON + timedelta(days=120)
WARM = ("t1", "t2", "t3", "t4", "t5")
BRIGHT = ("l1", "l2", "l3", "l4", "l5")
WORDS = {
    "t1": "Oak table|Tables|solid oak table for the kitchen",
    "t2": "Pine table|Tables|light pine table for the kitchen",
    "t3": "Stool|Tables|three legged stool",
    "t4": "Bench|Tables|long garden bench",
    "t5": "Shelf|Tables|narrow shelf for books",
    "l1": "Brass lamp|Lighting|warm reading lamp of brass",
    "l2": "Lantern|Lighting|paper lantern",
    "l3": "Candle|Lighting|candle of bees wax",
    "l4": "Chandelier|Lighting|glass chandelier",
    "l5": "Torch|Lighting|small torch",
    "r9": "Oak table runner|Tables|solid oak table cloth for the kitchen",  # nobody bought it yet
}
ITEMS = {
    id: Item(id, *words.split("|")[:2], 10.0 * int(id[1]), True, words.split("|")[2]) for id, words in WORDS.items()
}
LEARNING = [step for step in STEPS if step.name != "segments"]


def embed(texts: Sequence[str]) -> np.ndarray:
    """By the words in common."""
    rows = np.zeros((len(texts), 512), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().replace(".", "").split():
            row[crc32(word.encode()) % 512] += 1
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty customers buy three of the tables each, thirty others three of the lights; candles are used up monthly."""
    file = tmp_path_factory.mktemp("learnt") / "shop.db"
    database = Database(f"sqlite:///{file}")
    Base.metadata.create_all(database.engine)
    orders = []
    for number in range(30):
        for taste in (WARM, BRIGHT):
            chosen = [taste[(number + step) % 5] for step in range(3)]
            orders.append(order(f"{taste[0]}{number}", *chosen, person=f"{taste[0]}-{number}", days=number))
    orders += [order(f"again{n}", "l3", person=f"l1-{n}", days=n + 30) for n in range(30)]
    record(database, *orders)
    learn(database)
    database.close()
    return file


@pytest.fixture
def shop(learnt: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of the shop that has learnt."""
    database = Database(f"sqlite:///{shutil.copy(learnt, tmp_path / 'copy.db')}")
    yield database
    database.close()


def learn(database: Database) -> None:
    refresh(database.reading, database.writing, now=NOW, embed=embed, items=list(ITEMS.values()), steps=LEARNING)


def suggested(database: Database, person: str = "new", **told: object) -> dict[str, Suggestion]:
    items = told.pop("items", ITEMS)
    with database.reading() as session:
        found = suggest(session, person, items, **{"limit": 99, "now": NOW, **told})
    return {one.product_id: one for one in found}


def said(text: str) -> Said:
    return Said(text, embed([text])[0])


def test_taste_brings_what_others_of_that_taste_chose(shop: Database):
    record(shop, order("mine", "t1", "t2", person="me", days=119))
    found = suggested(shop, "me")
    tables, lights = [max((found[id].score for id in taste if id in found), default=0.0) for taste in (WARM, BRIGHT)]
    assert tables > lights
    assert any("you bought" in one.reason for one in found.values())


def test_a_new_product_is_found_by_its_description(shop: Database):
    found = suggested(shop, context=["t1"])["r9"]
    assert (found.source, found.reason) == ("content", "Similar to the Oak table you asked about.")


def test_the_first_words_of_a_stranger_find_what_they_name(shop: Database):
    first = next(iter(suggested(shop, said=said("do you have a lamp of brass")).values()))
    assert (first.product_id, first.source, first.reason) == ("l1", "asked", "Because you asked about “brass”.")


def test_words_that_name_nothing_bring_nothing(shop: Database):
    assert "asked" not in {one.source for one in suggested(shop, said=said("when will it arrive")).values()}


def test_what_is_used_up_is_suggested_again_when_it_is_due(shop: Database):
    record(shop, order("mine", "l3", person="me", days=88))
    found = suggested(shop, "me")["l3"]
    assert (found.source, found.reason) == ("again", "Because you bought it 32 days ago and may need it again.")
    assert "l3" not in suggested(shop, "me", now=NOON + timedelta(days=93))


def test_bundles_say_what_goes_with_something(database: Database):
    together = [order(f"b{n}", "t1", "l1", person=f"b{n}", days=n) for n in range(12)]
    apart = [order(f"a{n}", "t3" if n % 2 else "l4", person=f"a{n}", days=n) for n in range(40)]
    record(database, *together, *apart)
    learn(database)
    found = suggested(database, context=["t1"])["l1"]
    assert found.source in ("bundle", "bought_together") and "Oak table" in found.reason


def test_without_consent_nothing_known_of_the_person_is_used(shop: Database):
    record(shop, order("mine", "t1", "t2", person="me", days=119))
    sources = {one.source for one in suggested(shop, "me", needs_consent=True).values()}
    assert sources <= {"popular"}
    assert suggested(shop, "me", needs_consent=True, said=said("brass lamp"))["l1"].source == "asked"
    assert "t1" not in suggested(shop, "me", needs_consent=True)
    record(shop, event("Consent Given", person="me", days=119, policy="https://shop.example/privacy"))
    assert {one.source for one in suggested(shop, "me", needs_consent=True).values()} - {"popular"}


def test_prices_stay_in_the_range_that_was_named(shop: Database):
    found = suggested(shop, context=["t1"], prices=Prices(20.0, 30.0))
    assert found and all(20.0 <= ITEMS[id].price <= 30.0 for id in found)


def test_what_is_far_from_the_usual_price_is_worth_half(shop: Database):
    dear = dict(ITEMS) | {"t4": Item("t4", "Bench", "Tables", 4_000.0, True)}
    record(shop, order("mine", "t1", "t2", "t3", person="me", days=119))
    usual, outside = (suggested(shop, "me", items=items)["t4"].score for items in (ITEMS, dear))
    assert outside == pytest.approx(usual / 2, abs=1e-3)


def test_suggestions_are_not_all_of_one_category(shop: Database):
    with shop.reading() as session:
        first = suggest(session, "new", ITEMS, context=["t1"], said=said("lamp"), limit=3, now=NOW)
    assert len({ITEMS[one.product_id].category for one in first}) > 1


def test_only_what_is_described_otherwise_is_encoded_again(shop: Database):
    asked: list[str] = []

    def counting(texts: Sequence[str]) -> np.ndarray:
        asked.extend(texts)
        return embed(texts)

    items = [*list(ITEMS.values())[:-1], Item("r9", "Runner", "Rugs", 9.0, True, "woven runner")]
    refresh(shop.reading, shop.writing, now=NOW, embed=counting, items=items, steps=LEARNING)
    assert [text for text in asked if "." in text] == ["Runner. Rugs. woven runner"]


def test_an_empty_catalogue_and_a_visitor_without_a_word_are_no_errors(shop: Database):
    assert suggested(shop, items={}) == {}
    assert {one.source for one in suggested(shop).values()} <= {"popular"}


def test_a_product_that_vanished_is_neither_suggested_nor_named(shop: Database):
    record(shop, order("mine", "t1", "t2", person="me", days=119))
    left = {id: item for id, item in ITEMS.items() if id not in ("t1", "t3")}
    found = suggested(shop, "me", items=left, context=["t1", "gone"])
    assert found and found.keys() <= left.keys()
    assert not any("Oak table" in one.reason for one in found.values())


@pytest.mark.parametrize("why", ["declined", "out of stock"])
def test_nothing_is_left_to_suggest(shop: Database, why: str):
    items = ITEMS
    if why == "declined":
        record(shop, *[event("Suggestion Declined", person="me", days=119, product_id=id) for id in ITEMS])
    else:
        items = {id: Item(id, item.name, item.category, item.price, False) for id, item in ITEMS.items()}
    assert suggested(shop, "me", items=items, context=["t1"], said=said("brass lamp")) == {}


def test_a_hundred_thousand_products_change_nothing_for_those_that_are_known(shop: Database):
    many = {f"x{number}": Item(f"x{number}", "Thing", "Things", 5.0, True) for number in range(100_000)}
    assert suggested(shop, context=["t1"], items=many | ITEMS) == suggested(shop, context=["t1"])
