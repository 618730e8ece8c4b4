"""The models in this process: each encoder in a thread of its own, and a third thread that puts their answers together.

The two encoders run at the same time, one pass of each a message; a message whose words may hold two requests costs a
pass of the classifier for each half, and one of the encoder when they do. The event loop only waits.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.models import indexing, training
from bot.models.port import DRAFT, Rehearsed
from bot.models.understand import ASIDE, evidence, parse
from bot.settings import Settings
from nlu.batching import Batcher, Load
from nlu.classifier import Classifier
from nlu.clauses import Request, halves, two_requests
from nlu.encoder import Encoder
from nlu.entities import EntityFinder
from nlu.parse import Prediction
from retrieval.search import Hit, Searcher, passages
from retrieval.templates import Template

Vector = NDArray[np.float32]
Understood = tuple[str, Prediction, Vector]
AT_ONCE = 16  # texts of batch work that a customer's message may meet in front of it
WARM_UP = ("hi", "where is my order HP-10482, it should have come last tuesday and nobody answers my mails")


@dataclass(frozen=True)
class Twofold:
    """A message that makes two requests, for the thread that composes."""

    message: Understood
    requests: Sequence[tuple[Request, Vector]]


@dataclass(frozen=True)
class Rehearsing:
    """Work for the thread that owns the searcher."""

    texts: Sequence[Understood]
    draft: Template | None
    vector_of: Mapping[str, Vector]  # of the draft's passages


class LocalModels:
    """`Understanding` with models of its own. Close it to end its threads."""

    def __init__(
        self, classifier: Classifier, encoder: Encoder, searcher: Searcher, finder: EntityFinder, *, limit: int
    ) -> None:
        self._config = classifier.config
        self._encoder = encoder
        self._searcher = searcher
        self._finder = finder
        self._limit = limit
        self._classifying = Batcher(classifier.predict, name="classifier")
        self._encoding = Batcher(self._encode, name="encoder")
        self._composing = Batcher(self._compose, name="compose")

    @classmethod
    def open(cls, settings: Settings, products: Iterable[tuple[str, str]]) -> "LocalModels":
        """The shop's trained models; `products`: (id, name) of its catalogue. Raises `ModelRefused`, `IndexRefused`."""
        threads = max(1, (os.cpu_count() or 1) // 2)
        return cls(
            Classifier.load(training.model_folder(settings), threads=threads, device=settings.device),
            indexing.load_encoder(settings, threads=threads),
            indexing.load_searcher(settings),
            EntityFinder(products),
            limit=settings.message_limit,
        )

    @property
    def model(self) -> str:
        return self._config.model

    async def parse(self, text: str) -> dict[str, Any]:
        """Rasa's parse of `text`, of which characters beyond the message limit are not read."""
        read = text[: self._limit]
        prediction, vector, requests = await asyncio.gather(
            self._classifying.call(read), self._encoding.call(read), self._requests(read)
        )
        message = (read, prediction, vector)
        if not requests:
            return await self._composing.call(message)
        vectors = await self._embed([request.clause.text for request in requests])
        return await self._composing.call(Twofold(message, list(zip(requests, vectors, strict=True))))

    async def embed(self, texts: Sequence[str]) -> Vector:
        """A row of length 1 for each text."""
        return np.stack([vector for some in _few(texts) for vector in await self._embed(some)])

    async def rehearse(self, texts: Sequence[str], draft: Template | None) -> list[Rehearsed]:
        """The best hit for each text as things are, and as if `draft` were published."""
        asked = [one for some in _few(texts) for one in await self._understand(some)]
        if draft is None:
            return await self._composing.call(Rehearsing(asked, None, {}))
        said = passages(draft)
        trial = Template(DRAFT, wordings=(), questions=tuple(said), intents=draft.intents)
        vector_of = dict(zip(said, await self.embed(said), strict=True))
        return await self._composing.call(Rehearsing(asked, trial, vector_of))

    async def warm_up(self) -> None:
        """Let every part run once: the first passes are slower than all later ones."""
        for text in WARM_UP:
            await self.parse(text)

    def loads(self) -> dict[str, Load]:
        """Queue and latency of each thread, for `/metrics`."""
        threads: dict[str, Batcher[Any, Any]] = {
            "classifier": self._classifying,
            "encoder": self._encoding,
            "compose": self._composing,
        }
        return {name: batcher.load() for name, batcher in threads.items()}

    async def close(self) -> None:
        for batcher in (self._classifying, self._encoding, self._composing):
            await asyncio.to_thread(batcher.close)

    async def _requests(self, text: str) -> Sequence[Request]:
        """The two requests that `text` makes; none when it makes one, as most do without any further pass."""
        ways = halves(text)
        clauses = list({clause.text for way in ways for clause in way})
        predictions = await asyncio.gather(*(self._classifying.call(clause) for clause in clauses))
        known = dict(zip(clauses, predictions, strict=True))
        return two_requests(ways, known, self._config.thresholds, aside=ASIDE) or ()

    async def _embed(self, texts: Sequence[str]) -> list[Vector]:
        return await asyncio.gather(*(self._encoding.call(text[: self._limit]) for text in texts))

    async def _understand(self, texts: Sequence[str]) -> list[Understood]:
        read = [text[: self._limit] for text in texts]
        predictions, vectors = await asyncio.gather(
            asyncio.gather(*(self._classifying.call(text) for text in read)), self._embed(read)
        )
        return list(zip(read, predictions, vectors, strict=True))

    def _encode(self, texts: Sequence[str]) -> list[Vector]:
        return list(self._encoder.encode(texts))

    def _compose(self, asked: Sequence[Understood | Twofold | Rehearsing]) -> list[Any]:
        return [self._composed(one) for one in asked]

    def _composed(self, asked: Understood | Twofold | Rehearsing) -> Any:
        match asked:
            case Rehearsing():
                return self._rehearse(asked)
            case Twofold():
                return self._parse(*asked.message, requests=asked.requests)
            case _:
                return self._parse(*asked)

    def _parse(
        self, text: str, prediction: Prediction, vector: Vector, *, requests: Sequence[tuple[Request, Vector]] = ()
    ) -> dict[str, Any]:
        return parse(
            text,
            prediction,
            vector,
            finder=self._finder,
            searcher=self._searcher,
            thresholds=self._config.thresholds,
            model=self._config.model,
            requests=requests,
        )

    def _rehearse(self, asked: Rehearsing) -> list[Rehearsed]:
        """In the thread that owns the searcher: nobody else searches while the draft is in it."""
        before = [self._best(*one) for one in asked.texts]
        if asked.draft is None:
            return [Rehearsed(hit, hit) for hit in before]
        self._searcher.add([asked.draft], asked.vector_of)
        try:
            return [Rehearsed(hit, self._best(*one)) for hit, one in zip(before, asked.texts, strict=True)]
        finally:
            self._searcher.remove([asked.draft.id])

    def _best(self, text: str, prediction: Prediction, vector: Vector) -> Hit | None:
        return next(iter(self._searcher.search(text, vector, evidence(prediction), k=1)), None)


def _few(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    """So few at a time that a customer's message does not wait behind them."""
    return (texts[start : start + AT_ONCE] for start in range(0, len(texts), AT_ONCE))
