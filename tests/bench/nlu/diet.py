"""Rasa's DIET as a peer: the pipeline that `rasa init` proposes, trained and asked in Rasa's own environment.

Training uses as many threads as ours; predicting runs in a process of its own on one, so that its milliseconds compare.
Out of scope is what Rasa calls a fallback: the best intent less sure than `THRESHOLD`, which its template sets.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

import tests.bench.nlu.diet_process as diet_process
from nlu.data import Example
from nlu.errors import ModelRefused
from tests.bench.nlu.data import DataSet
from tests.bench.nlu.outcome import TIMED, Guess, Outcome, Seconds
from tests.bench.rasa_peer import ENV, PYTHON

SCRIPT = Path(diet_process.__file__)
THRESHOLD, AMBIGUITY = 0.3, 0.1
EPOCHS, QUICK_EPOCHS = 100, 10
TIMEOUT_S = 7200  # of a hung one; 770 examples take half an hour beside other work
THREADS = ("TF_INTRA_OP_PARALLELISM_THREADS", "TF_INTER_OP_PARALLELISM_THREADS", "OMP_NUM_THREADS")


def diet(data: DataSet, *, seed: int, folder: Path, base: Path | str, device: str) -> Outcome:
    """Raises `ModelRefused` when Rasa's environment is missing or the training fails."""
    place = folder / f"diet-{data.name}-{seed}"
    place.mkdir(parents=True, exist_ok=True)
    _write(place / "config.yml", _config(seed, QUICK_EPOCHS if data.quick else EPOCHS))
    _write(place / "nlu.yml", {"version": "3.1", "nlu": _examples(data.train)})
    started = Seconds.now()
    _rasa(place, "train", threads=os.environ.get("OMP_NUM_THREADS"))
    training = started.since()
    texts = {name: [example.text for example in test] for name, test in data.tests.items()}
    (place / "texts.json").write_text(json.dumps({"tests": texts, "timed": TIMED}), encoding="utf-8")
    _rasa(place, "predict", threads="1")
    answer = json.loads((place / "predictions.json").read_text(encoding="utf-8"))
    return Outcome(
        guesses={name: [_guess(*best) for best in answers] for name, answers in answer["tests"].items()},
        threshold=1.0 - THRESHOLD,
        calibrated=True,
        training=training,
        ms_per_message=answer["ms_per_message"],
        size_mb=(place / "model.tar.gz").stat().st_size / 1e6,
    )


def _config(seed: int, epochs: int) -> dict[str, Any]:
    counts = {"name": "CountVectorsFeaturizer"}
    trained = {"epochs": epochs, "constrain_similarities": True, "random_seed": seed}
    return {
        "recipe": "default.v1",
        "language": "en",
        "assistant_id": "bench",
        "pipeline": [
            {"name": "WhitespaceTokenizer"},
            {"name": "RegexFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            counts,
            {**counts, "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", **trained},
            {"name": "EntitySynonymMapper"},
            {"name": "FallbackClassifier", "threshold": THRESHOLD, "ambiguity_threshold": AMBIGUITY},
        ],
        "policies": None,
    }


def _examples(rows: Sequence[Example]) -> list[dict[str, str]]:
    """Rasa's training format; brackets would be read as entities."""
    texts: dict[str, list[str]] = {}
    for row in rows:
        texts.setdefault(row.label, []).append(" ".join(row.text.replace("[", "(").replace("]", ")").split()))
    return [{"intent": label, "examples": "".join(f"- {text}\n" for text in own)} for label, own in texts.items()]


def _guess(label: str, confidence: float) -> Guess:
    return Guess(label, confidence, 1.0 - confidence)


def _rasa(folder: Path, verb: str, *, threads: str | None) -> None:
    """`threads`: how many of them, None: as many as there are cores."""
    if not PYTHON.exists():
        raise ModelRefused("Rasa's environment is missing; run `make setup`, or leave DIET out with --only.")
    with (folder / "rasa.log").open("a") as log:
        command = [PYTHON, SCRIPT, verb, folder]
        environment = ENV | (dict.fromkeys(THREADS, threads) if threads else {})
        done = subprocess.run(
            command, env=environment, cwd=folder, stdout=log, stderr=log, timeout=TIMEOUT_S, check=False
        )
    if done.returncode != 0:
        raise ModelRefused(f"Rasa could not {verb} DIET; {folder / 'rasa.log'} says why.")


def _write(path: Path, document: object) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000), encoding="utf-8")
