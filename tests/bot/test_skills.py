"""What the owner's report says of the model and the index in use."""

import json
from dataclasses import replace

from bot import answers
from bot.models import skills, versions
from bot.settings import Settings
from retrieval.index.manifest import FORMAT
from tests.bot.test_versions import CONFIG

MEASURED = {"n": 414, "n_in_scope": 339, "n_out_of_scope": 75, "accuracy": 0.926, "oos_recall": 0.733}


def test_a_shop_without_a_model_or_an_index_has_nothing_to_tell(tmp_path):
    assert skills.read(Settings(_env_file=None, var_dir=tmp_path)) == []


def test_the_measures_of_the_model_and_the_index_in_use_are_told_with_what_they_are_of(tmp_path):
    settings = Settings(_env_file=None, var_dir=tmp_path)
    folder = versions.models_folder(settings) / "nlu-a"
    folder.mkdir(parents=True)
    replace(CONFIG, metrics={"intent": MEASURED}).save(folder)
    index = answers.index_folder(settings)
    index.mkdir(parents=True)
    manifest = {
        "model": "m",
        "dimension": 2,
        "files": {},
        "metrics": {
            "n": 2588,
            "n_answered": 2500,
            "n_abstained": 90,
            "mrr": 0.8616,
            "abstain_precision": 0.9,
            "abstain_recall": None,
        },
    }
    (index / "manifest.json").write_text(json.dumps(manifest | {"format": FORMAT}))
    assert [(slug, value, of) for slug, _, value, of in skills.read(settings)] == [
        ("accuracy", "92.6%", "of 339 messages set aside"),
        ("oos_recall", "73.3%", "of 75, at the model's own threshold"),
        ("mrr", "0.862", "of 2,500 questions, each searched for while it is missing"),
        ("abstain_precision", "90.0%", "of 90 questions that it left unanswered"),
    ]
