"""A small fake encoder, and answers written to a folder."""

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from retrieval.lexical import words

DIMENSION = 256


def embed(texts):
    """Texts with words in common get vectors near each other: a hashed bag of words, rows of length 1."""
    vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in words(text) or ["nothing"]:
            vectors[row, crc32(word.encode()) % DIMENSION] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


FACTS = """\
return_days: {type: count, one: day, value: 30}
support_email: {type: text, value: help@shop.example}
"""

ANSWERS = """\
- id: returns
  questions:
    - How do I return a jacket
    - sending things back
    - return deadline in days
  wordings:
    - Send it back within {return_days}.
    - You have {return_days} to return it.
  intents: [return_item]
- id: contact
  questions:
    - What is your e-mail address
    - how to write to support
    - contact mail
  wordings: ["Write to {support_email}."]
  intents: [contact_customer_service]
- id: candles
  questions: [how long does a candle burn, candle wax smokes, wick of the candle]
  wordings: [Trim the wick of the candle.]
- id: order_status
  searchable: false
  slots: {order_status: text}
  wordings: ["Your order is {order_status}."]
  buttons:
    - {title: Cancel it, payload: '/cancel_order{"order": "1"}'}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "answers"
    path.mkdir()
    (path / "facts.yml").write_text(FACTS)
    (path / "topic.yml").write_text(ANSWERS)
    return path


@pytest.fixture
def fake():
    return embed
