"""Would another encoder serve retrieval as well? The sets in tests/retrieval, once with each, printed as a table.

    python tests/bench/encoders.py --tuned var/models/nlu [--both FOLDER] [--data FOLDER]

`--tuned`: a trained classifier, whose encoder gives its sentence vectors beside its intents. `--both`: where one lies
that learnt both tasks, to tell the intents and the answers' questions apart; made if it is missing.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.data import Example, read
from nlu.encoder import Encoder
from nlu.network import Network
from nlu.recipe import Recipe
from nlu.train import train
from retrieval.build import assemble
from retrieval.evaluate import measure
from retrieval.tables import read_faq, read_none, read_queries
from retrieval.templates import Template, load

ROOT = Path(__file__).parents[2]
ANSWERS, TESTS = ROOT / "data" / "answers", ROOT / "tests" / "retrieval"
EPOCHS = 2  # of the encoder for both tasks, whose examples are twice as many
COLUMNS = ("map", "p_at_1", "abstain_precision", "abstain_recall")
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--tuned", type=Path, required=True)
    asked.add_argument("--both", type=Path)
    asked.add_argument("--data", type=Path, default=os.environ.get("SHOPKEEPER_DATA"))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        encoders: dict[str, Embed] = {
            "untouched": Encoder.load(cache=Path(os.environ.get("VAR_DIR", cache)) / "encoder").encode,
            "tuned": sentence_vectors(given.tuned),
        }
        if given.both:
            encoders["both tasks"] = sentence_vectors(tuned_for_both(given.both))
        print(f"{'set':12} {'encoder':10} " + " ".join(f"{name:>17}" for name in COLUMNS))
        for name, templates, queries in sets(given.data):
            for encoder, embed in encoders.items():
                found = measured(templates, queries, embed)
                print(f"{name:12} {encoder:10} " + " ".join(f"{found[column] or '-':>17}" for column in COLUMNS))


def tuned_for_both(folder: Path) -> Path:
    """A classifier whose labels are the shop's intents and its answers, trained as the shop trains its own."""
    if not folder.exists():
        intents, sentiment = (read(ROOT / "data" / f"{name}.csv") for name in ("intents", "sentiment"))
        known = {example.text for example in intents}
        asked = {question: template.id for template in load(ANSWERS) for question in template.questions}
        answers = [Example(text, f"answer {name}") for text, name in asked.items() if text not in known]
        train([*intents, *answers], sentiment, folder, recipe=Recipe(epochs=EPOCHS))
    return folder


def sentence_vectors(folder: Path) -> Embed:
    """The tuned encoder's: the output of its network that is neither intents nor sentiment, at length 1."""
    network = Network.load(folder, exact=True)

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = network.run(texts)[-1]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    return embed


def sets(data: Path | None) -> list[tuple[str, list[Template], Path]]:
    faqs = {name: TESTS / "faqs" / name for name in ("library", "hosting", "veterinary")}
    faqs |= {"stackfaq": Path(data) / "stackfaq"} if data else {}
    shop = ("shop", load(ANSWERS), TESTS / "shop_questions.csv")
    return [shop, *((name, read_faq(path / "faq.csv"), path / "queries.csv") for name, path in faqs.items())]


def measured(templates: Sequence[Template], queries: Path, embed: Embed) -> dict[str, float | int | None]:
    searcher = assemble(templates, embed, model="bench", none=read_none(ANSWERS))
    asked = read_queries(queries, searcher.ids)
    vectors = embed([text for text, _ in asked])
    everything = len(searcher.ids)
    found = [searcher.search(text, vector, k=everything) for (text, _), vector in zip(asked, vectors, strict=True)]
    return measure(found, [right for _, right in asked])


if __name__ == "__main__":
    main()
