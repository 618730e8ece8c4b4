"""Our own classifier in the benchmark: trained as the shop trains it, measured in the folder that would be served."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from bot.models.training import trainer
from nlu.classifier import Classifier
from nlu.data import read
from nlu.evaluate import predict
from nlu.network import FLOAT_FILE, INT8_FILE
from nlu.parse import Prediction
from nlu.recipe import Recipe, data_hash, is_current
from tests.bench.nlu.data import ROOT, DataSet
from tests.bench.nlu.outcome import Guess, Outcome, Seconds, latency_ms
from tests.bench.nlu.store import program

SECONDS_FILE = "seconds.json"
RANK = 8
QUICK = Recipe(epochs=1, least_steps=0, adversarial=0.0)


def ours(data: DataSet, *, seed: int, folder: Path, base: Path | str, device: str) -> Outcome:
    """The whole encoder tuned, as the shop does it."""
    return _measured(data, *trained(data, seed=seed, folder=folder, base=base, device=device), device=device)


def lora(data: DataSet, *, seed: int, folder: Path, base: Path | str, device: str) -> Outcome:
    """Adapters of rank `RANK` beside the encoder; what they add to it is all that has to be kept of a training."""
    out, training = trained(data, seed=seed, folder=folder, base=base, device=device, rank=RANK)
    about = Classifier.load(out, device=device).config.metrics["training"]
    return replace(_measured(data, out, training, device=device), size_mb=about["adapter_bytes"] / 1e6)


def _measured(data: DataSet, out: Path, training: Seconds, *, device: str) -> Outcome:
    classifier = Classifier.load(out, threads=1, device=device)
    best = feeling if data.task == "sentiment" else guess
    found = {name: predict(classifier, [e.text for e in test]) for name, test in data.tests.items()}
    return Outcome(
        guesses={name: [best(prediction) for prediction in part] for name, part in found.items()},
        threshold=classifier.config.thresholds.out_of_scope,
        calibrated=True,
        training=training,
        ms_per_message=latency_ms(classifier.predict, next(iter(data.tests.values()))),
        size_mb=_served_mb(out),
    )


def trained(
    data: DataSet, *, seed: int, folder: Path, base: Path | str, device: str, rank: int = 0
) -> tuple[Path, Seconds]:
    """The model folder and what its training took; nothing is trained twice that would come out the same.

    An intent set is trained beside the shop's sentiment examples, a sentiment set beside the shop's intents.
    """
    name = f"{'lora' if rank else 'ours'}-{data.name}-{seed}"
    out = folder / f"{name}-{program('nlu.train')}"
    shop = {task: read(ROOT / "data" / f"{task}.csv") for task in ("intents", "sentiment")}
    rows, feelings = (data.train, shop["sentiment"]) if data.task == "intent" else (shop["intents"], data.train)
    recipe = replace(QUICK if data.quick else Recipe(), seed=seed, lora=rank)
    expected = data_hash(rows, feelings, base=base, recipe=recipe, validation=data.validation)
    spent = out / SECONDS_FILE
    if not spent.exists() or not is_current(out, expected):
        for older in folder.glob(f"{name}-*"):
            if not older.name.startswith(out.name):
                shutil.rmtree(older, ignore_errors=True)
        started = Seconds.now()
        trainer()(rows, feelings, out, base=base, recipe=recipe, device=device, validation=data.validation)
        training = started.since()
        spent.write_text(json.dumps([training.clock, training.processor]), encoding="utf-8")
    return out, Seconds(*json.loads(spent.read_text(encoding="utf-8")))


def guess(prediction: Prediction) -> Guess:
    return Guess(*prediction.intents[0], prediction.oos_score)


def feeling(prediction: Prediction) -> Guess:
    label, share = max(prediction.sentiment.items(), key=lambda entry: entry[1])
    return Guess(label, share, 0.0)


def _served_mb(folder: Path) -> float:
    """Of the files that serving opens: the float32 network only where there is no int8 one."""
    unused = FLOAT_FILE if (folder / INT8_FILE).exists() else INT8_FILE
    return sum(file.stat().st_size for file in folder.iterdir() if file.name != unused) / 1e6
