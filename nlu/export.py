"""A torch encoder to the files that `nlu.network` serves. Run as a program it exports an untouched base encoder.

int8 is a measurement, not a belief: dynamic quantisation, one scale a channel, is kept when its vectors stay as
close to the float ones as `CLOSE_ENOUGH` on ordinary sentences. The TorchScript exporter gives the graph that
quantises well.
"""

import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from nlu.errors import ModelRefused
from nlu.network import FLOAT_FILE, INT8_FILE, TOKENIZER_FILE, Network

CLOSE_ENOUGH = 0.99  # mean cosine between float and int8 vectors
OPSET = 17
SENTENCES = (
    "where is my order",
    "I would like to send the blue lamp back, it arrived broken and the box was open",
    "do you ship to Ireland and how much does that cost",
    "the invoice for last month has the wrong address on it",
    "thanks, that is all",
    "can I still change the size of the jacket I ordered yesterday",
    "what a joke, three weeks and nobody answers my mails!!!",
    "is there a discount for students",
)


class MeanPooled(nn.Module):
    """A BERT whose sentence vector is the mean of its token vectors."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


class SentenceVector(nn.Module):
    """The pooled vector at length 1."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.pooled = MeanPooled(bert)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return nn.functional.normalize(self.pooled(input_ids, attention_mask), dim=1)


def load_base(place: str) -> tuple[nn.Module, Any]:
    """(BERT, tokenizer) from a folder or a Hugging Face name; raises `ModelRefused`."""
    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        bert = AutoModel.from_pretrained(place, attn_implementation="eager")
        tokenizer = AutoTokenizer.from_pretrained(place, use_fast=True)
    except (OSError, ValueError, ImportError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelRefused(f"{place} cannot be loaded as a BERT encoder: {first}") from error
    if not getattr(tokenizer, "is_fast", False):
        raise ModelRefused(f"{place} has no fast tokenizer (tokenizer.json); choose another encoder.")
    return bert, tokenizer


def write(network: nn.Module, tokenizer: Any, folder: Path, *, outputs: Sequence[str]) -> None:
    """Write `network(input_ids, attention_mask)` and its tokenizer to `folder`: the float32 and the int8 file."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    example = torch.ones((2, 7), dtype=torch.long)
    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "batch", 1: "length"} for name in names} | {name: {0: "batch"} for name in outputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.cpu().eval(),
            (example, example),
            str(folder / FLOAT_FILE),
            input_names=names,
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    quantise(folder)


def quantise(folder: Path) -> None:
    """Write the int8 file beside the float32 one.

    What comes out of a feed-forward's GELU has a few values far from all others, which one scale for a whole batch
    cannot hold: in int8 those layers alone cost a tuned MiniLM two points of accuracy, and others of their nearness to
    what was trained (docs/benchmarks/nlu.md). They stay as they are.
    """
    graph = onnx.load(str(folder / FLOAT_FILE), load_external_data=False).graph
    after_gelu = [node.name for node in graph.node if "/output/dense/" in node.name and "attention" not in node.name]
    logging.getLogger().addFilter(_no_advice)
    try:
        quantize_dynamic(
            folder / FLOAT_FILE,
            folder / INT8_FILE,
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=after_gelu,
        )
    finally:
        logging.getLogger().removeFilter(_no_advice)


def _no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()


def export_base(place: str, folder: Path) -> float:
    """Export the untouched encoder at `place`; returns the mean cosine of int8 to float32, which decides on int8."""
    bert, tokenizer = load_base(place)
    write(SentenceVector(bert), tokenizer, folder, outputs=["vector"])
    exact = Network.load(folder, device="cpu", exact=True).run(SENTENCES)[0]
    closeness = float(np.mean(np.sum(Network.load(folder, device="cpu").run(SENTENCES)[0] * exact, axis=1)))
    if closeness < CLOSE_ENOUGH:
        (folder / INT8_FILE).unlink()
    return closeness


if __name__ == "__main__":
    try:
        export_base(sys.argv[1], Path(sys.argv[2]))
    except ModelRefused as refused:
        raise SystemExit(refused.message) from refused
