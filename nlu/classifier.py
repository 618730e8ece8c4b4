"""The trained classifier as it is served: a model folder on ONNX Runtime, one pass a message, no torch.

A folder holds the network of `nlu.network`, `neighbours.npy` (sentence vectors of training examples; `neighbours.csv`
has their texts), `words.txt` (how often each word is in them, to put slips right by) and `config.json` (labels,
temperatures, thresholds, base model, data hash, metrics). Everything a prediction depends on is in there. Only emoji
beside words cost a second pass (`nlu.emoji`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu import emoji, greetings, spelling
from nlu.data import OUT_OF_SCOPE, SENTIMENTS
from nlu.errors import ModelRefused
from nlu.metrics import softmax
from nlu.neighbours import Near, corrected, near, product
from nlu.network import Network
from nlu.parse import Prediction, Thresholds
from nlu.scope import Scope, oos_scores

FORMAT = 2
CONFIG_FILE, NEIGHBOURS_FILE, NEIGHBOURS_CSV = "config.json", "neighbours.npy", "neighbours.csv"
TRAIN_AGAIN = "train it again with `shopkeeper nlu train`"


@dataclass(frozen=True)
class Config:
    """`config.json`: what the numbers that come out of the network mean."""

    model: str  # the id of this training
    labels: tuple[str, ...]  # of the intent head, in order; `out_of_scope` may be one
    sentiments: tuple[str, ...]  # of the sentiment head, in order
    temperature: float
    sentiment_temperature: float
    thresholds: Thresholds
    scope: Scope
    neighbours: tuple[int, ...]  # rows of `neighbours.npy` that each in-scope label has, in order
    base_model: str
    data_hash: str
    seed: int
    metrics: Mapping[str, Any]
    format: int = FORMAT

    def save(self, folder: Path) -> None:
        (folder / CONFIG_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Config":
        """Raises `ModelRefused` when there is none, or one this version cannot read."""
        fields = _read(folder)
        if fields.get("format") != FORMAT:
            raise ModelRefused(
                f"{folder} has format {fields.get('format')}, this version reads {FORMAT}; {TRAIN_AGAIN}."
            )
        try:
            fields["labels"], fields["sentiments"] = tuple(fields["labels"]), tuple(fields["sentiments"])
            fields["thresholds"], fields["scope"] = Thresholds(**fields["thresholds"]), Scope(**fields["scope"])
            fields["neighbours"] = tuple(fields["neighbours"])
            config = cls(**fields)
        except (KeyError, TypeError) as error:
            raise ModelRefused(f"{folder / CONFIG_FILE} is incomplete ({error}); {TRAIN_AGAIN}.") from error
        if len(config.in_scope) < 2 or set(config.sentiments) != set(SENTIMENTS):
            raise ModelRefused(f"{folder / CONFIG_FILE} lacks labels; {TRAIN_AGAIN}.")
        return config

    @property
    def in_scope(self) -> list[str]:
        return [label for label in self.labels if label != OUT_OF_SCOPE]


class Classifier:
    """Texts to predictions. Not for several threads at once: let a `Batcher` own it."""

    def __init__(
        self, network: Network, neighbours: NDArray[np.float32], config: Config, speller: spelling.Speller
    ) -> None:
        self.config = config
        self._speller = speller
        self._network = network
        self._neighbours = neighbours

    @classmethod
    def load(
        cls, folder: Path, *, threads: int | None = None, device: str = "auto", exact: bool = False
    ) -> "Classifier":
        """The model in `folder`; raises `ModelRefused` when a file is missing, broken or of another format.

        `threads`: for one run, None: all cores; `exact`: float32 even where int8 is there.
        """
        config = Config.load(folder)
        network = Network.load(folder, threads=threads, device=device, exact=exact)
        try:
            neighbours = np.load(folder / NEIGHBOURS_FILE, allow_pickle=False).astype(np.float32)
        except (OSError, ValueError) as error:
            raise ModelRefused(f"{folder / NEIGHBOURS_FILE} is missing or broken; {TRAIN_AGAIN}.") from error
        speller = spelling.load(folder, vocabulary=network.vocabulary)
        classifier = cls(network, neighbours, config, speller)
        classifier.require_consistent(folder)
        return classifier

    def require_consistent(self, folder: Path) -> None:
        """Raise `ModelRefused` when the files in `folder` are not of one training."""
        intents, sentiment, vectors = self._network.run(["is it one model"])
        widths = (intents.shape[1], sentiment.shape[1], vectors.shape[1], sum(self.config.neighbours))
        expected = (len(self.config.labels), len(self.config.sentiments), *self._neighbours.shape[::-1])
        if widths != expected:
            raise ModelRefused(
                f"{folder}: the network gives {widths} numbers, its labels want {expected}; {TRAIN_AGAIN}."
            )

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One pass of the network over all `texts`."""
        if not texts:
            return []
        intents, sentiment, vectors = self._run(texts)
        found = near(vectors, self._neighbours, counts=self.config.neighbours)
        known = predictions(intents, sentiment, found, config=self.config)
        return [replace(prediction, vector=vector) for prediction, vector in zip(known, vectors, strict=True)]

    def _run(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """The network's outputs for texts put right, without greetings; emoji beside words are read again, for mood."""
        texts = [greetings.without(self._speller.correct(text)) for text in texts]
        read = [emoji.plain(text) for text in texts]
        moods = {row: said for row, text in enumerate(texts) if (said := emoji.spelled(text)) != read[row]}
        intents, sentiment, vectors = self._network.run([*read, *moods.values()])
        sentiment[list(moods)] = sentiment[len(texts) :]
        return intents[: len(texts)], sentiment[: len(texts)], vectors[: len(texts)]

    def nearest(self, text: str, *, count: int) -> list[tuple[int, float]]:
        """(row in `neighbours.csv`, cosine) of the training examples nearest to `text`, best first."""
        cosines = product(self._run([text])[2], self._neighbours)[0]
        return [(int(row), float(cosines[row])) for row in np.argsort(-cosines, kind="stable")[:count]]


def predictions(
    intents: NDArray[np.float32],
    sentiment: NDArray[np.float32],
    near: Near,
    *,
    config: Config,
) -> list[Prediction]:
    """The network's outputs and what the nearest training examples say as calibrated predictions, a row each."""
    columns = [number for number, label in enumerate(config.labels) if label != OUT_OF_SCOPE]
    scores = oos_scores(intents, near, labels=config.labels, temperature=config.temperature, scope=config.scope)
    in_scope = softmax(corrected(intents[:, columns], near), temperature=config.temperature)
    feelings = softmax(sentiment, temperature=config.sentiment_temperature)
    names = config.in_scope
    found = []
    for row, score, feeling in zip(in_scope, scores, feelings, strict=True):
        ranked = tuple((names[place], float(row[place])) for place in np.argsort(-row, kind="stable"))
        moods = {label: float(value) for label, value in zip(config.sentiments, feeling, strict=True)}
        found.append(Prediction(ranked, moods, float(score)))
    return found


def _read(folder: Path) -> dict[str, Any]:
    try:
        fields = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelRefused(f"There is no model in {folder}; train one with `shopkeeper nlu train`.") from error
    except (OSError, ValueError) as error:
        raise ModelRefused(f"{folder / CONFIG_FILE} cannot be read ({error}); {TRAIN_AGAIN}.") from error
    if not isinstance(fields, dict):
        raise ModelRefused(f"{folder / CONFIG_FILE} is not an object; {TRAIN_AGAIN}.")
    return fields
