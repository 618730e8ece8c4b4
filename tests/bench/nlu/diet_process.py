"""Runs in Rasa's environment: trains DIET by a folder's `config.yml` and `nlu.yml`, or predicts its `texts.json`."""

import asyncio
import json
import sys
import time
from pathlib import Path


def train(folder: Path) -> None:
    from rasa.model_training import train_nlu

    config, examples = str(folder / "config.yml"), str(folder / "nlu.yml")
    if train_nlu(config, examples, output=str(folder), fixed_model_name="model") is None:
        raise SystemExit("Rasa trained nothing")


async def predict(folder: Path) -> None:
    from rasa.core.agent import Agent

    wanted = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    agent = Agent.load(str(folder / "model.tar.gz"))
    tests = {}
    for name, texts in wanted["tests"].items():
        tests[name] = [await best(agent, text) for text in texts]
    times = []
    for text in next(iter(wanted["tests"].values()))[: wanted["timed"]]:
        started = time.process_time()
        await agent.parse_message(text)
        times.append(time.process_time() - started)
    answer = {"tests": tests, "ms_per_message": 1000 * sorted(times)[len(times) // 2]}
    (folder / "predictions.json").write_text(json.dumps(answer), encoding="utf-8")


async def best(agent, text: str) -> tuple:
    """(intent, confidence), not Rasa's own fallback intent."""
    parse = await agent.parse_message(text)
    intents = [entry for entry in parse.get("intent_ranking") or [] if entry["name"] != "nlu_fallback"]
    return (intents[0]["name"], intents[0]["confidence"]) if intents else ("", 0.0)


if __name__ == "__main__":
    place = Path(sys.argv[2])
    if sys.argv[1] == "train":
        train(place)
    else:
        asyncio.run(predict(place))
