"""`nlu.explain` by integrated gradients (Sundararajan and others 2017) through captum, for the command line.

A model folder keeps no torch weights: the network is put together again from the float32 ONNX file, whose node names
say which weights belong where, and must answer as that file does. So nothing is stored twice for an explanation.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from captum.attr import LayerIntegratedGradients
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from nlu.classifier import TRAIN_AGAIN, Classifier, Config
from nlu.emoji import plain
from nlu.encoder import source
from nlu.errors import ModelRefused
from nlu.explain import WORDS, Explanation, explained_intent, nearest, shares
from nlu.model import TwoHeads, make
from nlu.network import FLOAT_FILE, MAX_CHARACTERS, MAX_TOKENS, TOKENIZER_FILE, Network

STEPS = 32  # of the integral
AT_ONCE = 16
SAME = 1e-2  # largest difference between the logits of the ONNX file and of the network made from it
PLACES = {  # of a node's weights among its inputs
    "Gather": {0: "weight"},
    "MatMul": {1: "weight"},
    "Gemm": {1: "weight", 2: "bias"},
    "Add": {0: "bias", 1: "bias"},
    "LayerNormalization": {1: "weight", 2: "bias"},
}


def explain(folder: Path, text: str) -> Explanation:
    """Explain `text` by the model in `folder`; some seconds. Raises `ModelRefused`.

    A word's weight is the sum over its tokens of the gradients of the intent's log-odds, on the way there from a
    message of as many empty tokens. Where out-of-scope is no label of its own, the likeliest intent is explained.
    """
    text = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    classifier = Classifier.load(folder, threads=1, device="cpu", exact=True)
    prediction = classifier.predict([text])[0]
    intent = explained_intent(classifier, prediction)
    if intent not in classifier.config.labels:
        intent = prediction.intents[0][0]
    words = WORDS.findall(text)
    weights = _weights(folder, classifier.config, words, classifier.config.labels.index(intent))
    return Explanation(intent, shares(words, weights.tolist()), nearest(folder, classifier, text))


def rebuilt(folder: Path, config: Config) -> TwoHeads:
    """The torch network that was exported to `folder`; raises `ModelRefused` when it answers differently."""
    network, _ = make(source(config.base_model), intents=len(config.labels), sentiments=len(config.sentiments))
    expected = network.state_dict()
    found = {name: value for name, value in _weights_in(folder / FLOAT_FILE).items() if name in expected}
    try:
        network.load_state_dict(found, strict=False)
    except RuntimeError as error:
        raise ModelRefused(f"{folder / FLOAT_FILE} is not of the base {config.base_model}; {TRAIN_AGAIN}.") from error
    network.eval()
    ids, mask, _ = _tokens(folder, ["where", "is", "my", "order"])
    served = Network.load(folder, threads=1, device="cpu", exact=True).run(["where is my order"])[0]
    with torch.no_grad():
        worst = float((network(ids, mask)[0] - torch.from_numpy(served)).abs().max())
    if not worst < SAME:
        raise ModelRefused(f"{folder / FLOAT_FILE} is of another version of the network; {TRAIN_AGAIN}.")
    return network


def _weights(folder: Path, config: Config, words: list[str], target: int) -> NDArray[np.float64]:
    """What each word did for the label number `target`."""
    weights = np.zeros(len(words))
    if not words:
        return weights
    network = rebuilt(folder, config)
    ids, mask, owners = _tokens(folder, words)

    def log_odds(tokens: Tensor, read: Tensor) -> Tensor:
        logits = network(tokens, read.expand(len(tokens), -1))[0]
        others = torch.cat([logits[:, :target], logits[:, target + 1 :]], dim=1)
        return logits[:, target] - torch.logsumexp(others, dim=1)

    embedding = network.pooled.bert.get_input_embeddings()  # type: ignore[operator]
    empty = ids.clone()
    empty[0, [place for place, owner in enumerate(owners) if owner is not None]] = 0
    method = LayerIntegratedGradients(log_odds, embedding)
    parts = method.attribute(
        ids, baselines=empty, additional_forward_args=(mask,), n_steps=STEPS, internal_batch_size=AT_ONCE
    )
    for owner, part in zip(owners, parts[0].sum(dim=-1).tolist(), strict=True):
        if owner is not None:
            weights[owner] += part
    return weights


def _tokens(folder: Path, words: list[str]) -> tuple[Tensor, Tensor, list[int | None]]:
    """Ids (1, n), mask (1, n), and the word that each token is of; None for the tokenizer's own."""
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    shown = plain(" ".join(words))  # emoji beside words are not read for the intent
    read = ""
    letters: list[int] = []
    for number, word in enumerate(words):
        said = (plain(word) if plain(word) in shown else "") + " "
        read, letters = read + said, [*letters, *[number] * len(said)]
    encoded = tokenizer.encode(read)
    owners = [letters[start] if end > start else None for start, end in encoded.offsets]
    ids = torch.tensor([encoded.ids])
    return ids, torch.ones_like(ids), owners


def _weights_in(file: Path) -> dict[str, Tensor]:
    """Weights by their name in the torch network, from the node that uses them."""
    graph = onnx.load(str(file)).graph
    arrays = {entry.name: onnx.numpy_helper.to_array(entry) for entry in graph.initializer}
    found = {}
    for node in graph.node:
        module = ".".join(node.name.strip("/").split("/")[:-1])
        for place, weights in PLACES.get(node.op_type, {}).items():
            if place < len(node.input) and node.input[place] in arrays:
                array = arrays[node.input[place]]
                value = torch.from_numpy(np.array(array.T if node.op_type == "MatMul" else array))
                found[f"{module}.{weights}"] = value
    return found
