"""The network that is trained: one BERT, an intent head and a sentiment head on its sentence vector of length 1.

The word embeddings stay as they are: half of all weights, of which a shop's examples touch a tenth. That takes a third
of the time away and keeps words that no example has near those that one has.
"""

import warnings
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
        vector = nn.functional.normalize(self.pooled(input_ids, attention_mask), dim=1)
        dropped = self.dropout(vector)
        return self.intents(dropped), self.sentiment(dropped), vector


def make(place: str, *, intents: int, sentiments: int, lora: int = 0) -> tuple[TwoHeads, Any]:
    """A new network over the base at `place`, and its tokenizer; `lora`: the rank of adapters to train instead."""
    bert, tokenizer = load_base(place)
    network = TwoHeads(bert, intents=intents, sentiments=sentiments)
    if lora:
        network.pooled.bert = adapted(bert, rank=lora)
    return network, tokenizer


def adapted(bert: nn.Module, *, rank: int) -> nn.Module:
    """`bert` with low-rank adapters beside every matrix of its layers (Hu and others 2022), all else frozen."""
    from peft import LoraConfig, get_peft_model  # slow to import, and only this option needs it

    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=r".*layer.*\.(query|key|value|dense)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for an attribute that got a new name
        wrapped: nn.Module = get_peft_model(bert, config)
    return wrapped


def merged(network: TwoHeads) -> int:
    """Fold the adapters into the encoder, which is then served like any other; returns how many bytes they had."""
    size = sum(4 * weights.numel() for name, weights in network.named_parameters() if "lora_" in name)
    if size:
        network.pooled.bert = network.pooled.bert.merge_and_unload()  # type: ignore[operator]
    return size


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
