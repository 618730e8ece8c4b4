"""The network that is trained: one BERT, an intent head and a sentiment head on its mean-pooled sentence vector.

The word embeddings stay as they are: half of all weights, of which a shop's examples touch a tenth. That takes a third
of the time away and keeps words that no example has near those that one has.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nlu.export import MeanPooled, load_base
from nlu.network import MAX_TOKENS

OUTPUTS = ("intents", "sentiment", "vector")
DROPOUT = 0.1


class TwoHeads(nn.Module):
    """(input_ids, attention_mask) to intent logits (n, k), sentiment logits (n, 3) and sentence vectors of length 1."""

    def __init__(self, bert: nn.Module, *, intents: int, sentiments: int) -> None:
        super().__init__()
        width = int(bert.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.pooled = MeanPooled(bert)
        bert.get_input_embeddings().requires_grad_(False)  # type: ignore[operator]
        self.dropout = nn.Dropout(DROPOUT)
        self.intents = nn.Linear(width, intents)
        self.sentiment = nn.Linear(width, sentiments)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        vector = self.pooled(input_ids, attention_mask)
        dropped = self.dropout(vector)
        return self.intents(dropped), self.sentiment(dropped), nn.functional.normalize(vector, dim=1)


def make(place: str, *, intents: int, sentiments: int) -> tuple[TwoHeads, Any]:
    """A new network over the base at `place`, and the base's tokenizer."""
    bert, tokenizer = load_base(place)
    return TwoHeads(bert, intents=intents, sentiments=sentiments), tokenizer


def tokenise(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, cut as serving cuts them."""
    if not texts:
        return []
    ids: list[list[int]] = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
    return ids


def pad(rows: Sequence[Sequence[int]], *, padding: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """(ids, mask), each (n, longest)."""
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), padding, dtype=torch.long)
    mask = torch.zeros((len(rows), length), dtype=torch.long)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return ids.to(device), mask.to(device)
