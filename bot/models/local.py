"""The models in this process: each encoder in a thread of its own, and a third thread that puts their answers together.

The two encoders run at the same time, one pass of each a message; a message whose words may hold two requests costs a
pass of the classifier for each half, and one of the encoder when they do. The event loop only waits.

Classifier, searcher and product names can be exchanged while messages come: a message is understood by one classifier
from beginning to end, and the searcher changes in the thread that owns it, between two messages.
"""

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from bot.errors import Unavailable
from bot.models import indexing, space, training
from bot.models.composing import Composing, Leaning, Rehearsing, Twofold, Understood, Vector
from bot.models.port import DRAFT, Before, Rehearsed
from bot.models.understand import ASIDE, evidence, parse
from bot.settings import Settings
from nlu.batching import Batcher, Load
from nlu.classifier import Classifier
from nlu.clauses import Halves, Request, halves, two_requests
from nlu.encoder import Encoder
from nlu.entities import EntityFinder
from nlu.errors import Busy
from nlu.parse import Prediction
from retrieval import context
from retrieval.search import Hit, Query, Searcher, passages
from retrieval.templates import Template

HANDOVER_S = 0.01
AT_ONCE = 16  # texts of batch work that a customer's message may meet in front of it
WARM_UP = ("hi", "where is my order HP-10482, it should have come last tuesday and nobody answers my mails")


class Mind:
    """A classifier in its thread, and how many messages it is understanding."""

    def __init__(self, classifier: Classifier) -> None:
        self.config = classifier.config
        self.classifying = Batcher(classifier.predict, name="classifier")
        self.busy = 0


class LocalModels:
    """`Understanding` with models of its own. Close it to end its threads."""

    def __init__(
        self, classifier: Classifier, encoder: Encoder, searcher: Searcher, finder: EntityFinder, *, limit: int
    ) -> None:
        self._mind = Mind(classifier)
        self._encoder = encoder
        self._searcher = searcher
        self._finder = finder
        self._limit = limit
        self._encoding = Batcher(self._encode, name="encoder")
        self._composing = Batcher(self._compose, name="compose")

    @classmethod
    def open(cls, settings: Settings) -> "LocalModels":
        """The shop's trained models, which know no products yet. Raises `ModelRefused`, `IndexRefused`."""
        return cls(
            load_classifier(settings),
            indexing.load_encoder(settings, threads=half_the_cores()),
            indexing.load_searcher(settings),
            EntityFinder(()),
            limit=settings.message_limit,
        )

    @property
    def model(self) -> str:
        return self._mind.config.model

    @property
    def answers(self) -> Sequence[str]:
        """The ids of the templates that search finds."""
        return self._searcher.ids

    async def parse(self, text: str, *, before: Before | None = None) -> dict[str, Any]:
        """Rasa's parse of `text`, of which characters beyond the message limit are not read.

        One pass of each encoder; two for a question that leans on the turn `before`, and for a message with two.
        """
        try:
            with self._minding() as mind:
                return await self._parsed(mind, text[: self._limit], before)
        except Busy as error:
            raise Unavailable(error.message) from error

    async def embed(self, texts: Sequence[str]) -> Vector:
        """A row of length 1 for each text."""
        return np.stack([vector for some in _few(texts) for vector in await self._embed(some)])

    async def rehearse(self, texts: Sequence[str], draft: Template | None) -> list[Rehearsed]:
        """The best hit for each text as things are, and as if `draft` were published."""
        with self._minding() as mind:
            asked = [one for some in _few(texts) for one in await self._understand(mind, some)]
        if draft is None:
            return await self._composing.call(Rehearsing(asked, None, {}))
        trial = Template(DRAFT, wordings=(), questions=tuple(passages(draft)), intents=draft.intents)
        return await self._composing.call(Rehearsing(asked, trial, await self.read([draft])))

    async def read(self, templates: Iterable[Template], *, searcher: Searcher | None = None) -> dict[str, Vector]:
        """The vectors of their passages, as `searcher` keeps them (None: the one in use)."""
        index = (searcher or self._searcher).index.manifest
        texts = list(dict.fromkeys(text for template in templates for text in passages(template)))
        with self._minding() as mind:
            read = [one for some in _few(texts) for one in await self._understand(mind, some)]
        return {
            text: space.of_answer(one.vector, one.prediction.vector, classifier=one.config.model, index=index)
            for text, one in zip(texts, read, strict=True)
        }

    async def warm_up(self) -> None:
        """Let every part run once: the first passes are slower than all later ones."""
        for text in WARM_UP:
            await self.parse(text)

    async def use_classifier(self, classifier: Classifier) -> None:
        """Let it understand the messages to come; returns when the one before has answered its last and is gone."""
        before, self._mind = self._mind, Mind(classifier)
        while before.busy:
            await asyncio.sleep(HANDOVER_S)
        await asyncio.to_thread(before.classifying.close)

    async def use_searcher(self, searcher: Searcher) -> None:
        await self._composing.call(lambda: self._search_with(searcher))

    async def use_products(self, products: Iterable[tuple[str, str]]) -> None:
        """(id, name) of every product there is now."""
        finder = await asyncio.to_thread(EntityFinder, products)
        await self._composing.call(lambda: self._find_with(finder))

    async def change_answers(
        self, *, gone: Collection[str], new: Sequence[Template], vector_of: Mapping[str, Vector]
    ) -> None:
        """From the next message on, search finds the `new` templates and no more those with the ids `gone`."""

        def change() -> None:
            if gone:
                self._searcher.remove(gone)
            if new:
                self._searcher.add(new, vector_of)

        await self._composing.call(change)

    def loads(self) -> dict[str, Load]:
        """Queue and latency of each thread, for `/metrics`."""
        threads: dict[str, Batcher[Any, Any]] = {
            "classifier": self._mind.classifying,
            "encoder": self._encoding,
            "compose": self._composing,
        }
        return {name: batcher.load() for name, batcher in threads.items()}

    async def close(self) -> None:
        for batcher in (self._mind.classifying, self._encoding, self._composing):
            await asyncio.to_thread(batcher.close)

    @contextmanager
    def _minding(self) -> Iterator[Mind]:
        """The classifier of now, which stays as long as somebody needs it."""
        mind = self._mind
        mind.busy += 1
        try:
            yield mind
        finally:
            mind.busy -= 1

    async def _parsed(self, mind: Mind, text: str, before: Before | None) -> dict[str, Any]:
        leaning = before if before is not None and context.leans_on_the_turn_before(text) else None
        texts = [text, context.whole(leaning.text, text)] if leaning else [text]
        ways = halves(text)
        (message, *whole), clauses = await asyncio.gather(self._understand(mind, texts), self._clauses(mind, ways))
        if leaning:
            return await self._composing.call(Leaning(message, whole[0], leaning.shown))
        requests = two_requests(ways, clauses, mind.config.thresholds, whole=message.prediction, aside=ASIDE)
        if not requests:
            return await self._composing.call(message)
        vectors = await self._embed([request.clause.text for request in requests])
        return await self._composing.call(Twofold(message, list(zip(requests, vectors, strict=True))))

    async def _clauses(self, mind: Mind, ways: Sequence[Halves]) -> dict[str, Prediction]:
        """What the parts of a message that may hold two requests say; most have none and cost no further pass."""
        clauses = list({clause.text for way in ways for clause in way})
        predictions = await asyncio.gather(*(mind.classifying.call(clause) for clause in clauses))
        return dict(zip(clauses, predictions, strict=True))

    async def _embed(self, texts: Sequence[str]) -> list[Vector]:
        return await asyncio.gather(*(self._encoding.call(text[: self._limit]) for text in texts))

    async def _understand(self, mind: Mind, texts: Sequence[str]) -> list[Understood]:
        read = [text[: self._limit] for text in texts]
        predictions, vectors = await asyncio.gather(
            asyncio.gather(*(mind.classifying.call(text) for text in read)), self._embed(read)
        )
        return [Understood(*said, mind.config) for said in zip(read, predictions, vectors, strict=True)]

    def _search_with(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def _find_with(self, finder: EntityFinder) -> None:
        self._finder = finder

    def _encode(self, texts: Sequence[str]) -> list[Vector]:
        return list(self._encoder.encode(texts))

    def _compose(self, asked: Sequence["Composing"]) -> list[Any]:
        return [self._composed(one) for one in asked]

    def _composed(self, asked: "Composing") -> Any:
        match asked:
            case Rehearsing():
                return self._rehearse(asked)
            case Twofold():
                classifier = asked.message.config.model
                requests = [
                    (request, self._wanted(vector, request.prediction, classifier))
                    for request, vector in asked.requests
                ]
                return self._parse(asked.message, requests=requests)
            case Leaning():
                whole = Query(asked.whole.text, self._vector(asked.whole), evidence(asked.whole.prediction))
                return self._parse(asked.message, whole=whole, shown=asked.shown)
            case Understood():
                return self._parse(asked)
            case change:
                return change()

    def _parse(
        self,
        message: Understood,
        *,
        requests: Sequence[tuple[Request, Vector]] = (),
        whole: Query | None = None,
        shown: str = "",
    ) -> dict[str, Any]:
        return parse(
            message.text,
            message.prediction,
            self._vector(message),
            finder=self._finder,
            searcher=self._searcher,
            thresholds=message.config.thresholds,
            model=message.config.model,
            requests=requests,
            whole=whole,
            shown=shown,
        )

    def _rehearse(self, asked: Rehearsing) -> list[Rehearsed]:
        """In the thread that owns the searcher: nobody else searches while the draft is in it."""
        before = [self._best(one) for one in asked.texts]
        if asked.draft is None:
            return [Rehearsed(hit, hit) for hit in before]
        self._searcher.add([asked.draft], asked.vector_of)
        try:
            return [Rehearsed(hit, self._best(one)) for hit, one in zip(before, asked.texts, strict=True)]
        finally:
            self._searcher.remove([asked.draft.id])

    def _best(self, asked: Understood) -> Hit | None:
        hits = self._searcher.search(asked.text, self._vector(asked), evidence(asked.prediction), k=1)
        return next(iter(hits), None)

    def _vector(self, asked: Understood) -> Vector:
        return self._wanted(asked.vector, asked.prediction, asked.config.model)

    def _wanted(self, untouched: Vector, prediction: Prediction, classifier: str) -> Vector:
        """What the answers are searched with."""
        index = self._searcher.index.manifest
        return space.of_question(untouched, prediction.vector, classifier=classifier, index=index)


def load_classifier(settings: Settings) -> Classifier:
    """The one in use, warmed up; raises `ModelRefused`."""
    folder = training.model_folder(settings)
    classifier = Classifier.load(folder, threads=half_the_cores(), device=settings.device)
    classifier.predict(WARM_UP)
    return classifier


def half_the_cores() -> int:
    """For each of the two encoders, which run at the same time."""
    return max(1, (os.cpu_count() or 1) // 2)


def _few(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    """So few at a time that a customer's message does not wait behind them."""
    return (texts[start : start + AT_ONCE] for start in range(0, len(texts), AT_ONCE))
