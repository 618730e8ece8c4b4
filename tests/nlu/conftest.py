"""A BERT so small that it trains in seconds, loaded the way any other base folder is; do not change what is shared."""

import shutil
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from nlu.data import Example
from nlu.encoder import PACKAGED, source
from nlu.recipe import Recipe
from nlu.train import train
from tests.conftest import Shared

QUICK = Recipe(  # an adversary would take twice the time
    epochs=4, least_steps=0, batch=16, learning_rate=5e-3, head_learning_rate=1e-2, layer_decay=1.0, adversarial=0.0
)
SUBJECTS = ("lamp", "chair", "table", "mug", "rug", "clock", "shelf", "bowl", "vase", "stool", "desk", "mirror")


@pytest.fixture(scope="session")
def tiny_base(shared: Shared) -> Path:
    with shared("tiny") as folder:
        base = folder / "base"
        if not base.exists():
            write_base(base)
    return base


def write_base(folder: Path) -> None:
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copy(Path(source(PACKAGED)) / name, folder / name)
    torch.manual_seed(0)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(folder)


@pytest.fixture(scope="session")
def rows() -> list[Example]:
    patterns = {
        "cancel_order": ("please cancel the {}", "cancel my {} order", "i do not want the {} any more, cancel"),
        "track_order": ("where is my {}", "track the {}", "has the {} been sent, where is it"),
        "thanks": ("thanks for the {}", "many thanks, the {} is fine", "you were so kind, thank you, lovely {}"),
        "out_of_scope": ("who painted a {} on mars", "write a poem of a {}", "sing me a {} song"),
    }
    return [
        Example(text.format(subject), label)
        for label, texts in patterns.items()
        for text in texts
        for subject in SUBJECTS
    ]


@pytest.fixture(scope="session")
def sentiment_rows() -> list[Example]:
    patterns = {
        "negative": ("the {} is terrible", "awful {}, very angry"),
        "neutral": ("the {} has four sides", "is the {} sold here"),
        "positive": ("i love the {}", "great {}, thank you"),
    }
    return [
        Example(text.format(subject), label)
        for label, texts in patterns.items()
        for text in texts
        for subject in SUBJECTS
    ]


@pytest.fixture(scope="session")
def tiny_model(tiny_base: Path, rows: list[Example], sentiment_rows: list[Example], shared: Shared) -> Path:
    with shared("tiny") as folder:
        out = folder / "tiny"
        if not out.exists():
            train(rows, sentiment_rows, out, base=tiny_base, recipe=QUICK, device="cpu")
    return out
