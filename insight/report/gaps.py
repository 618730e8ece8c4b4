"""Knowledge gaps: unanswered messages that ask the same.

Messages are together when they share most of their telling words (TF-IDF of parts of words, cosine), so that
a report needs no model and comes out the same twice; the console's answer page groups them by meaning. Numbers and
e-mail addresses are hidden, because a report is sent around.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

FEWEST = 2
ALIKE = 0.35
PERSONAL = re.compile(r"\S+@\S+|\+?\d[\d\s().-]{4,}\d|\b[A-Za-z]{1,4}-?\d{3,}\b|\d{4,}")


@dataclass(frozen=True)
class Gap:
    """Unanswered messages that are alike; `template_id` is the nearest template of the example, with its score."""

    size: int
    example: str
    template_id: str | None
    score: float | None
    talks: pd.Series


def find_gaps(parses: pd.DataFrame, texts: Mapping[tuple[int, int], str]) -> tuple[Gap, ...]:
    """The largest first; `texts`: of the newest unanswered messages, by conversation and `seq`."""
    read = parses.drop_duplicates(["talk", "seq"]).dropna(subset=["seq"])
    found = [texts.get((talk, int(seq))) for talk, seq in zip(read["talk"], read["seq"], strict=True)]
    said = read.assign(text=found).dropna(subset=["text"])
    said = said[said["abstained"] | (said["intent"] == "nlu_fallback")].reset_index(drop=True)
    said["text"] = said["text"].map(lambda text: PERSONAL.sub("…", text)[:160])
    gaps = [_gap(said.iloc[rows]) for rows in _groups(list(said["text"])) if len(rows) >= FEWEST]
    return tuple(sorted(gaps, key=lambda gap: (-gap.size, gap.example)))


def _gap(rows: pd.DataFrame) -> Gap:
    example = rows.iloc[0]
    score = None if np.isnan(example["template_score"]) else float(example["template_score"])
    template_id = example["template_id"] if isinstance(example["template_id"], str) else None
    return Gap(len(rows), example["text"], template_id, score, rows["talk"])


def _groups(texts: list[str]) -> list[list[int]]:
    """Each text joins the group whose first text is most like it, when it is alike enough; the first is the example."""
    if not any(re.search(r"\w\w", text) for text in texts):
        return []
    parts = TfidfVectorizer(preprocessor=_asked, analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    rows = parts.fit_transform(texts)
    alike = (rows @ rows.T).tocsr()
    first: dict[int, list[int]] = {}
    for row, (start, end) in enumerate(pairwise(alike.indptr)):
        near = alike.data[start:end] >= ALIKE
        values = zip(alike.indices[start:end][near].tolist(), alike.data[start:end][near].tolist(), strict=True)
        likeness = {other: value for other, value in values if other in first}
        nearest = min(likeness, key=lambda other: (-likeness[other], other)) if likeness else row
        first.setdefault(nearest, []).append(row)
    return list(first.values())


def _asked(text: str) -> str:
    """What it is about: "gift wrap" of "Can you gift-wrap it?"; all words where none is left."""
    words = re.findall(r"\w+", text.lower())
    return " ".join([word for word in words if word not in ENGLISH_STOP_WORDS] or words)
