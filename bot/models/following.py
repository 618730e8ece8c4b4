"""Models that follow what is decided elsewhere, while they serve: the model in use, the index, the published answers,
the shop's products.

Whoever decides only writes a file or a row; every process looks for itself a few times a second, so there is no list of
services to tell. What cannot be loaded is refused: what is there stays, the log and `/metrics` say so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from bot.answers import Answers, indexed
from bot.models import indexing, versions
from bot.models.local import LocalModels, load_classifier
from bot.settings import Settings
from bot.turn.catalogue import Catalogue
from insight.catalogue import Item
from nlu.errors import NluError
from retrieval.errors import RetrievalError
from retrieval.templates import Template

log = logging.getLogger(__name__)

LOOK_S = 0.25
RETRY_S = 5.0


class Following:
    """Keeps `models` up to date from `async with` on, and closes them at its end."""

    def __init__(self, models: LocalModels, settings: Settings, answers: Answers, catalogue: Catalogue) -> None:
        self.models = models
        self.refused: dict[str, bool] = {"model": False, "index": False}
        self._settings, self._answers, self._catalogue = settings, answers, catalogue
        self._model, self._index = versions.stamp(settings), indexed(settings)
        self._products: Sequence[tuple[str, str]] = ()
        self._filed = frozenset(models.answers)
        self._added: dict[str, Template] = {}  # the published answers that search finds
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def open(cls, settings: Settings, answers: Answers, catalogue: Catalogue) -> "Following":
        """With the models in use; raises `ModelRefused`, `IndexRefused`."""
        return cls(LocalModels.open(settings), settings, answers, catalogue)

    async def __aenter__(self) -> "Following":
        await self.models.warm_up()
        await self.follow_products()
        await self.follow_answers()
        looks = (self.follow_files, self.follow_answers, self.follow_products)
        self._tasks = [asyncio.create_task(again_and_again(look)) for look in looks]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.models.close()

    @property
    def published(self) -> int:
        """How many published answers search finds."""
        return len(self._added)

    async def follow_files(self) -> None:
        """Another model in use, another index."""
        model = await asyncio.to_thread(versions.stamp, self._settings)
        if model != self._model:
            self._model = model
            await self._accept("model", self._change_model)
        index = await asyncio.to_thread(indexed, self._settings)
        if index != self._index:
            self._index = index
            await self._accept("index", self._change_index)

    async def follow_answers(self) -> None:
        """What agents have published and withdrawn."""
        published = await asyncio.to_thread(self._answers.published)
        async with self._changing:
            wanted = {name: template for name, template in published.items() if name not in self._filed}
            if wanted == self._added:
                return
            gone = [name for name, template in self._added.items() if wanted.get(name) != template]
            new = [template for name, template in wanted.items() if self._added.get(name) != template]
            await self.models.change_answers(gone=gone, new=new, vector_of=await self.models.read(new))
            self._added = wanted
        log.info("answers: %d published added, %d gone", len(new), len(gone))

    async def follow_products(self) -> None:
        """Products that are new or called otherwise."""
        products = await asyncio.to_thread(lambda: names(self._catalogue.items().values()))
        if products != self._products:
            await self.models.use_products(products)
            self._products = products

    async def _accept(self, what: str, change: Callable[[], Awaitable[None]]) -> None:
        try:
            await change()
            self.refused[what] = False
        except (NluError, RetrievalError, OSError) as error:
            self.refused[what] = True
            log.error("the new %s is refused, the old one stays: %s", what, error)

    async def _change_model(self) -> None:
        classifier = await asyncio.to_thread(load_classifier, self._settings)
        await self.models.use_classifier(classifier)
        async with self._changing:
            added = list(self._added.values())
            vector_of = await self.models.read(added)
            await self.models.change_answers(gone=list(self._added), new=added, vector_of=vector_of)
        log.info("messages are now understood by %s", classifier.config.model)

    async def _change_index(self) -> None:
        searcher = await asyncio.to_thread(indexing.load_searcher, self._settings)
        filed = frozenset(searcher.ids)
        async with self._changing:
            kept = {name: template for name, template in self._added.items() if name not in filed}
            vector_of = await self.models.read(kept.values(), searcher=searcher)
            await asyncio.to_thread(searcher.add, list(kept.values()), vector_of)
            await self.models.use_searcher(searcher)
            self._filed, self._added = filed, kept
        log.info("answers are now searched in an index of %d templates", len(filed))


async def again_and_again(look: Callable[[], Awaitable[None]]) -> None:
    """Look every `LOOK_S`; a look that fails is one line in the log, and the next one comes later."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            await look()
        except Exception as error:  # whatever it is, it must not end the following
            log.error("looking for changes failed (%s), again in %.0f s: %s", look.__name__, RETRY_S, error)
            await asyncio.sleep(RETRY_S)


def names(items: Iterable[Item]) -> list[tuple[str, str]]:
    return [(item.product_id, item.name) for item in items]
