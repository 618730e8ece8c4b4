"""The models in this process: each encoder in a thread of its own, and a third thread that puts their answers together.

The two encoders run at the same time, one pass of each a message. The event loop only waits.
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.models import indexing, training
from bot.models.understand import parse
from bot.settings import Settings
from nlu.batching import Batcher, Load
from nlu.classifier import Classifier
from nlu.encoder import Encoder
from nlu.entities import EntityFinder
from nlu.parse import Prediction
from retrieval.search import Searcher

Vector = NDArray[np.float32]
Understood = tuple[str, Prediction, Vector]
WARM_UP = ("hi", "where is my order HP-10482, it should have come last tuesday and nobody answers my mails")


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
        prediction, vector = await asyncio.gather(self._classifying.call(read), self._encoding.call(read))
        return await self._composing.call((read, prediction, vector))

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

    def _encode(self, texts: Sequence[str]) -> list[Vector]:
        return list(self._encoder.encode(texts))

    def _compose(self, understood: Sequence[Understood]) -> list[dict[str, Any]]:
        return [
            parse(
                text,
                prediction,
                vector,
                finder=self._finder,
                searcher=self._searcher,
                thresholds=self._config.thresholds,
                model=self._config.model,
            )
            for text, prediction, vector in understood
        ]
