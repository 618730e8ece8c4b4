"""Models that change while they serve: no message is lost, and what was decided elsewhere shows within a second."""

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from statistics import median

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bot import answers, published
from bot.answers import Answers
from bot.models import following, space, versions
from bot.models.following import Following
from bot.models.local import LocalModels
from bot.models.meters import ModelMeters
from bot.settings import Settings
from bot.shop.port import Product
from bot.turn.catalogue import Catalogue
from nlu.entities import EntityFinder
from nlu.errors import ModelRefused
from retrieval.build import assemble
from retrieval.search import Fusion
from retrieval.templates import load
from tests.bot.test_models import CountingClassifier, CountingEncoder
from tests.bot.test_space import Tuned

FUSION = Fusion(nearest=1, centre=0, lexical=0, intent=0, unanswered=0, threshold=0.9)
WRAP = '- id: wrap\n  questions: ["gift wrap"]\n  wordings: ["We wrap gifts."]\n'
WITHIN_S = 1.0
AT_MOST_S = 10.0  # on a machine that has other work


class Shop:
    """Sells whatever is put into it."""

    def __init__(self):
        self.sold = [product("p1", "Oak Table")]

    def products(self):
        return self.sold


def product(id, name):
    return Product(id, name, "Things", "", Decimal("1"), "GBP", {}, 3, "/x.svg", "/x")


class Classifier(CountingClassifier):
    def __init__(self, name):
        super().__init__()
        self.config = replace(CountingClassifier.config, model=name)


@pytest.fixture
def settings(tmp_path):
    made = Settings(_env_file=None, var_dir=tmp_path / "var", data_dir=tmp_path / "data")
    answers.folder(made).mkdir(parents=True)
    (answers.folder(made) / "topic.yml").write_text(WRAP)
    for name in ("nlu-a", "nlu-b"):
        folder = versions.models_folder(made) / name
        folder.mkdir(parents=True)
        Classifier(name).config.save(folder)
    versions.use(made, versions.models_folder(made) / "nlu-a")
    index(made, 1)
    return made


def index(settings, stamp):
    folder = answers.index_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").touch()
    os.utime(folder / "manifest.json", (stamp, stamp))


def searcher(settings):
    return assemble(load(answers.folder(settings)), CountingEncoder().encode, model="words", fusion=FUSION)


@pytest.fixture(autouse=True)
def small_models(monkeypatch):
    """What would be read from files of a hundred megabytes; a model called `broken` is refused."""

    def load_classifier(settings):
        name = versions.in_use(settings).name
        if name == "broken":
            raise ModelRefused("broken")
        return Classifier(name)

    monkeypatch.setattr(following, "load_classifier", load_classifier)
    monkeypatch.setattr(following.indexing, "load_searcher", searcher)


@asynccontextmanager
async def serving(settings, database, shop=None, index=searcher):
    models = LocalModels(
        following.load_classifier(settings), CountingEncoder(), index(settings), EntityFinder(()), limit=200
    )
    catalogue = Catalogue(shop or Shop())
    async with Following(models, settings, Answers(settings, database), catalogue) as one:
        yield one


@asynccontextmanager
async def customers(one, text="track order", count=8):
    """So many ask without pause; gives their parses so far. An error of any is an error of the test."""
    parses = []

    async def ask():
        while True:
            parses.append(await one.models.parse(text))

    tasks = [asyncio.create_task(ask()) for _ in range(count)]
    try:
        yield parses
        assert not [task.exception() for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def within(condition):
    """The seconds until it holds."""
    began = asyncio.get_running_loop().time()
    while not await condition():
        assert asyncio.get_running_loop().time() - began < AT_MOST_S
        await asyncio.sleep(0.01)
    return asyncio.get_running_loop().time() - began


def found(one, text):
    async def asked():
        hit = (await one.models.parse(text))["response_selector"]["default"]["response"]
        return hit and hit["intent_response_key"]

    return asked


def finds(one, text, template_id):
    async def asked():
        return await found(one, text)() == template_id

    return asked


def publish(database, template_id, question):
    text = f'- id: {template_id}\n  questions: ["{question}"]\n  wordings: ["Yes."]\n'
    with database.writing() as session:
        published.publish(session, published.draft(text, templates=(), facts={}), by="anna")


def withdraw(database, template_id):
    with database.writing() as session:
        published.withdraw(session, template_id, by="anna")


async def test_another_model_takes_over_and_back_without_losing_a_message(settings, database):
    folder = versions.models_folder(settings)
    async with serving(settings, database) as one, customers(one) as parses:
        for name in ("nlu-b", "nlu-a"):
            versions.use(settings, folder / name)

            async def speaks(name=name):
                return bool(parses) and parses[-1]["model"] == name

            await within(speaks)
        spoke = [parse["model"] for parse in parses]
    assert set(spoke) == {"nlu-a", "nlu-b"} and {parse["intent"]["name"] for parse in parses} == {"track_order"}


async def test_the_model_before_ends_with_its_last_message(settings, database):
    before = batchers()
    async with serving(settings, database) as one:
        threads = len(batchers())
        for name in ("nlu-b", "nlu-a", "nlu-b"):
            await one.models.use_classifier(Classifier(name))
            await one.models.parse("track order")
        assert len(batchers()) == threads and one.models.model == "nlu-b"
    assert len(batchers()) == len(before)


def batchers():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("batcher")]


async def test_a_model_that_cannot_be_loaded_is_refused_and_the_old_one_stays(settings, database, caplog):
    broken = versions.models_folder(settings) / "broken"
    broken.mkdir()
    async with serving(settings, database) as one:
        versions.use(settings, broken)

        async def refused():
            return one.refused["model"]

        await within(refused)
        await asyncio.sleep(2 * following.LOOK_S)
        assert (await one.models.parse("track order"))["model"] == "nlu-a"
        registry = CollectorRegistry()
        registry.register(ModelMeters(one))
        shown = generate_latest(registry).decode()
        assert 'shopkeeper_refused{what="model"} 1.0' in shown and 'shopkeeper_model_info{model="nlu-a"} 1.0' in shown
        assert 'shopkeeper_model_run_seconds_bucket{le="+Inf",thread="encoder"}' in shown
        versions.use(settings, versions.models_folder(settings) / "nlu-b")

        async def accepted():
            return not one.refused["model"]

        await within(accepted)
    assert [record.levelname for record in caplog.records].count("ERROR") == 1


async def test_fifty_answers_come_and_go_while_customers_ask(settings, database):
    words = ("order", "cancel", "track", "vouchers", "moon")
    questions = [f"{first} {second}" for first, second in combinations(words, 2)]
    seconds = []
    async with serving(settings, database) as one, customers(one) as parses:
        for lot in range(5):
            named = {f"answer_{lot}_{number}": question for number, question in enumerate(questions)}
            for template_id, question in named.items():
                await asyncio.to_thread(publish, database, template_id, question)
            seconds += [await within(finds(one, question, template_id)) for template_id, question in named.items()]
            for template_id in named:
                await asyncio.to_thread(withdraw, database, template_id)
            seconds += [await within(finds(one, question, None)) for question in questions]
        assert await found(one, "gift wrap")() == "wrap" and one.published == 0
    assert len(parses) > 100 and len(seconds) == 100
    assert median(seconds) < WITHIN_S


async def test_two_services_follow_one_database(settings, postgres):
    async with serving(settings, postgres) as one, serving(settings, postgres) as other:
        await asyncio.to_thread(publish, postgres, "moon", "moon vouchers")
        for each in (one, other):
            await within(finds(each, "moon vouchers", "moon"))
        await asyncio.to_thread(withdraw, postgres, "moon")
        for each in (one, other):
            await within(finds(each, "moon vouchers", None))


async def test_an_answer_published_before_the_start_is_found_at_once(settings, database):
    publish(database, "moon", "moon vouchers")
    async with serving(settings, database) as one:
        assert await found(one, "moon vouchers")() == "moon"


async def test_a_new_index_keeps_what_is_published_and_a_file_takes_its_id(settings, database):
    publish(database, "moon", "moon vouchers")
    publish(database, "cancel", "cancel vouchers")
    async with serving(settings, database) as one:
        of_the_shop = WRAP.replace("id: wrap", "id: moon").replace("gift wrap", "moon gift")
        (answers.folder(settings) / "more.yml").write_text(of_the_shop)
        index(settings, 2)
        await within(finds(one, "moon gift", "moon"))
        await asyncio.sleep(2 * following.LOOK_S)
        assert await found(one, "moon gift")() == "moon"
        assert await found(one, "moon vouchers")() is None
        assert await found(one, "cancel vouchers")() == "cancel"


async def test_what_is_published_is_read_again_by_a_new_model(settings, database, monkeypatch):
    """Of an index with the vectors of one classifier, the rows that were added must be of that one too."""

    def with_both(settings):
        reader = following.indexing.Reader(CountingEncoder(), Tuned("nlu-b"))
        model = space.model_of("words", "nlu-b")
        return assemble(load(answers.folder(settings)), reader.embed, model=model, fusion=FUSION)

    monkeypatch.setattr(following, "load_classifier", lambda settings: Tuned(versions.in_use(settings).name))
    monkeypatch.setattr(following.indexing, "load_searcher", with_both)
    publish(database, "moon", "moon vouchers")
    async with serving(settings, database, index=with_both) as one:
        await within(finds(one, "moon vouchers", "moon"))
        versions.use(settings, versions.models_folder(settings) / "nlu-b")

        async def speaks():
            return (await one.models.parse("moon"))["model"] == "nlu-b"

        await within(speaks)
        await within(finds(one, "moon vouchers", "moon"))
        index(settings, 2)
        await asyncio.sleep(2 * following.LOOK_S)
        await within(finds(one, "moon vouchers", "moon"))


async def test_a_new_product_is_understood(settings, database, monkeypatch):
    shop = Shop()
    monkeypatch.setattr("bot.turn.catalogue.FRESH_S", 0.0)
    async with serving(settings, database, shop) as one:

        async def entities():
            return [entity["value"] for entity in (await one.models.parse("track order of the brass lamp"))["entities"]]

        assert await entities() == []
        shop.sold = [*shop.sold, product("p2", "Brass Lamp")]

        async def known():
            return await entities() == ["p2"]

        await within(known)
