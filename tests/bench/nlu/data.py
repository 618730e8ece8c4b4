"""The data sets of the benchmark, each with its official split; what is tuned is tuned on `train` and `validation`.

Public data are read where they lie and never copied. The shop's own examples are split so that texts that nearly repeat
each other stay on one side; beside that part, messages in the words of others: `live_queries.csv`, and phrases of
MultiDoGO that are labelled by hand.
"""

import csv
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import numpy as np
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.data import OUT_OF_SCOPE, SENTIMENTS, Example, read
from nlu.errors import DataError
from nlu.perturb import perturb

ROOT = Path(__file__).resolve().parent.parent.parent.parent
LABELLED = ROOT / "tests" / "nlu"
SET_ASIDE, LIVE, MULTIDOGO = "set aside", "live queries", "multidogo"
ONE_IN = 5  # groups of near-duplicates that are set aside
FEW = 2000  # examples up to which settings are chosen by five folds
ALIKE = 0.7  # cosine of character trigrams from which two texts count as near-duplicates
DRAWS = 3  # noisy copies of each text
NOISE = (  # kind, rate
    ("keyboard", 0.05),
    ("keyboard", 0.1),
    ("dropped", 0.05),
    ("upper", 1.0),
    ("lower", 1.0),
    ("spaces", 0.2),
    ("repeated", 0.2),
    ("emoji", 1.0),
    ("greeting", 1.0),
)
QUICK_LABELS, QUICK_SHOTS, QUICK_TEST = 12, 20, 200


@dataclass(frozen=True)
class DataSet:
    """`validation` is empty where there is no official one; `tests`: one or several parts to measure on, by name."""

    name: str
    train: Sequence[Example]
    tests: Mapping[str, Sequence[Example]]
    validation: Sequence[Example] = field(default=())
    task: str = "intent"
    quick: bool = False  # a slice, to see that everything runs


def load(name: str, data: Path, *, seed: int) -> DataSet:
    """The data set `name` of `DATA_SETS`; raises `DataError` when its files are not in the folder `data`."""
    try:
        return DATA_SETS[name](data, seed)
    except FileNotFoundError as error:
        raise DataError(f"{error.filename} is missing; give the folder of evaluation data with --data.") from error


def banking77(data: Path, _: int) -> DataSet:
    train, test = (_table(data / "banking77" / f"{part}.csv", "text", "category") for part in ("train", "test"))
    return DataSet("banking77", train, {"test": test})


def banking77_10(data: Path, seed: int) -> DataSet:
    full = banking77(data, seed)
    return replace(full, name="banking77_10", train=few_shot(full.train, 10, seed=seed))


def clinc150(data: Path, _: int) -> DataSet:
    content = json.loads((data / "clinc150" / "data_full.json").read_text(encoding="utf-8"))

    def part(name: str) -> list[Example]:
        inside = [Example(text, label) for text, label in content[name]]
        return [*inside, *(Example(text, OUT_OF_SCOPE) for text, _ in content[f"oos_{name}"])]

    return DataSet("clinc150", part("train"), {"test": part("test")}, validation=part("val"))


def hint3(data: Path, _: int) -> DataSet:
    folder = data / "hint3_powerplay11"
    train, test = (_table(folder / f"{part}.csv", "sentence", "label") for part in ("train", "test"))
    test = [replace(e, label=OUT_OF_SCOPE) if e.label == "NO_NODES_DETECTED" else e for e in test]
    return DataSet("hint3", train, {"test": test})


def womens_clothing(data: Path, _: int) -> DataSet:
    """Reviews as sentiment: 1 and 2 stars negative, 3 neutral, 4 and 5 positive; one in five by hash is the test."""
    rows = _table(data / "womens_clothing" / "reviews.csv", "Review Text", "Rating")
    felt = [replace(row, label=SENTIMENTS[(int(row.label) > 2) + (int(row.label) > 3)]) for row in rows]
    train, test = (
        [row for row in felt if (zlib.crc32(row.text.encode()) % 5 == 0) is tested] for tested in (False, True)
    )
    return DataSet("womens_clothing", train, {"test": test}, task="sentiment")


def own(data: Path, _: int) -> DataSet:
    """The shop's intents: a part set aside, and messages that others wrote."""
    train, aside = set_aside(read(ROOT / "data" / "intents.csv"))
    return DataSet(
        "own", train, {SET_ASIDE: aside, LIVE: read(LABELLED / "live_queries.csv"), MULTIDOGO: multidogo(data)}
    )


DATA_SETS: dict[str, Callable[[Path, int], DataSet]] = {
    "banking77_10": banking77_10,
    "hint3": hint3,
    "own": own,
    "banking77": banking77,
    "clinc150": clinc150,
    "womens_clothing": womens_clothing,
}
SEVERAL_SEEDS = ("banking77_10", "hint3")  # small enough for the draw to matter


def folds(examples: Sequence[Example], *, seed: int) -> list[list[int]]:
    """Places of a tenth of the examples, so that each label gives its share; of few examples all five fifths."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        by_label[example.label].append(place)
    draw = np.random.default_rng(seed)
    mixed = [place for label in sorted(by_label) for place in draw.permutation(by_label[label]).tolist()]
    return [mixed[part::5] for part in range(5)] if len(examples) <= FEW else [mixed[::10]]


def few_shot(examples: Sequence[Example], shots: int, *, seed: int) -> list[Example]:
    """`shots` examples of each label, drawn by `seed`; all of a label that has fewer."""
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in dict.fromkeys(examples):
        by_label[example.label].append(example)
    draw = np.random.default_rng(seed)
    return [
        by_label[label][place]
        for label in sorted(by_label)
        for place in draw.permutation(len(by_label[label]))[:shots].tolist()
    ]


def set_aside(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """(to train on, set aside): by the hash of a group's first text; a group nearly repeats one text."""
    unique = list(dict.fromkeys(examples))
    groups = _near_duplicates([example.text for example in unique])
    first: dict[int, str] = {}
    for group, example in zip(groups, unique, strict=True):
        first[group] = min(first.get(group, example.text), example.text)
    aside = [zlib.crc32(first[group].encode()) % ONE_IN == 0 for group in groups]
    pairs = list(zip(unique, aside, strict=True))
    return [example for example, out in pairs if not out], [example for example, out in pairs if out]


def with_noise(data: DataSet) -> DataSet:
    """The part set aside once more under each noise; a data set without one stays as it is."""
    noise = [each for each in NOISE if SET_ASIDE in data.tests]
    return replace(
        data, tests={**data.tests, **{noise_name(*each): noisy(data.tests[SET_ASIDE], *each) for each in noise}}
    )


def noisy(examples: Sequence[Example], kind: str, rate: float) -> list[Example]:
    """`DRAWS` noisy copies of each text, one draw after the other."""
    return [
        replace(example, text=perturb(example.text, kind, rate, Random(f"{draw} {kind} {rate} {example.text}")))
        for draw in range(DRAWS)
        for example in examples
    ]


def noise_name(kind: str, rate: float) -> str:
    return f"{kind} {rate:.0%}" if rate < 1 else kind


def multidogo(data: Path) -> list[Example]:
    """The phrases that `multidogo_labels.csv` labels; the texts stay in the folder `data`.

    Those that say two things at once (`also`) are left out: whichever of the two is found would be right.
    """
    with (LABELLED / "multidogo_labels.csv").open(newline="", encoding="utf-8") as file:
        labels = [row for row in csv.DictReader(file) if not row["also"]]
    texts = {file: _utterances(data / "multidogo" / file) for file in {row["file"] for row in labels}}
    return [Example(texts[row["file"]][row["utterance"]], row["label"]) for row in labels]


def sliced(data: DataSet) -> DataSet:
    """A small part of a data set, for a quick look: few labels, few examples of each, a few test rows."""
    sizes = Counter(example.label for example in data.train if example.label != OUT_OF_SCOPE)
    kept = {label for label, _ in sizes.most_common(QUICK_LABELS)} | {OUT_OF_SCOPE}
    rows = [example for example in data.train if example.label in kept]
    tests = {name: _some(part, kept) for name, part in data.tests.items()}
    train, validation = few_shot(rows, QUICK_SHOTS, seed=0), _some(data.validation, kept)
    return replace(data, train=train, tests=tests, validation=validation, quick=True)


def _some(examples: Iterable[Example], labels: set[str]) -> list[Example]:
    rows = [example for example in examples if example.label in labels]
    return [rows[place] for place in np.random.default_rng(0).permutation(len(rows))[:QUICK_TEST].tolist()]


def _table(path: Path, text: str, label: str) -> list[Example]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [Example(row[text], row[label].strip()) for row in csv.DictReader(file) if row[text].strip()]


def _utterances(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as file:
        return {row["utteranceId"]: row["utterance"] for row in csv.DictReader(file, dialect="excel-tab", quoting=3)}


def _near_duplicates(texts: Sequence[str]) -> Sequence[int]:
    """The number of each text's group."""
    plain = [re.sub(r"\W+", " ", re.sub(r"\d+", "0", text.lower())) for text in texts]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True).fit_transform(plain)
    alike = vectors @ vectors.T
    alike.data[alike.data < ALIKE] = 0.0
    alike.eliminate_zeros()
    _, groups = connected_components(alike, directed=False)
    return groups.tolist()
