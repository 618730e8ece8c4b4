"""An exported encoder on ONNX Runtime: texts in, one row of numbers a text out. Serving needs no torch.

A folder holds `model.onnx` (float32), `model.int8.onnx` where measuring showed that it loses nothing, and
`tokenizer.json`. On a GPU the float32 network runs in fp16, converted as it is loaded. Texts of similar length run
together: one long message in a batch would make every other one as slow.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlu.errors import ModelRefused

FLOAT_FILE, INT8_FILE, TOKENIZER_FILE = "model.onnx", "model.int8.onnx", "tokenizer.json"
MAX_TOKENS = 128
MAX_CHARACTERS = 8 * MAX_TOKENS  # more than the tokens that are read ever cover
SHORTEST = 8
LOG_ERRORS_ONLY = 3


class Network:
    """A session and its tokenizer. Not for several threads at once: let a `Batcher` own it."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, *, quantised: bool = False) -> None:
        self._session = session
        self.quantised = quantised
        self._tokenizer = tokenizer
        self._padding = next((i for i in map(tokenizer.token_to_id, ("[PAD]", "<pad>")) if i is not None), 0)
        self.outputs = [output.name for output in session.get_outputs()]
        self.vocabulary: dict[str, int] = tokenizer.get_vocab()

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, device: str = "auto", exact: bool = False) -> "Network":
        """Open what `nlu.export` wrote; raises `ModelRefused`.

        `threads`: for one run, None: all cores; `device`: auto, cpu or cuda; `exact`: float32 even where int8 is there.
        """
        providers = _providers(device)
        file = folder / INT8_FILE
        if exact or "CUDAExecutionProvider" in providers or not file.exists():
            file = folder / FLOAT_FILE
        for needed in (file, folder / TOKENIZER_FILE):
            if not needed.exists():
                raise ModelRefused(f"{needed} is missing; train or export the model again.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.log_severity_level = LOG_ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            network = in_half_precision(file) if "CUDAExecutionProvider" in providers else str(file)
            session = onnxruntime.InferenceSession(network, options, providers=providers)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise ModelRefused(f"{file} cannot be loaded ({_first_line(error)}); train or export it again.") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return cls(session, tokenizer, quantised=file.name == INT8_FILE)

    def run(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Every output of the network as (n, …) float32, rows in the order of `texts`; one pass a text."""
        encoded = [entry.ids for entry in self._tokenizer.encode_batch([_readable(text) for text in texts])]
        results: list[NDArray[np.float32]] = []
        for rows in _similar_lengths([len(ids) for ids in encoded]):
            outputs = self._session.run(None, _padded([encoded[row] for row in rows], self._padding))
            if not results:
                results = [np.empty((len(texts), *output.shape[1:]), dtype=np.float32) for output in outputs]
            for result, output in zip(results, outputs, strict=True):
                result[rows] = output
        return results


def in_half_precision(file: Path) -> bytes:
    """The float32 network in `file` with weights and sums in fp16; what goes in and comes out keeps its type."""
    import onnx  # only a GPU pays for these imports
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(onnx.load(str(file)), keep_io_types=True).SerializeToString()


def _similar_lengths(lengths: Sequence[int]) -> list[list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for row, length in enumerate(lengths):
        groups[max(SHORTEST, length - 1).bit_length()].append(row)
    return [groups[size] for size in sorted(groups)]


def _padded(rows: Sequence[Sequence[int]], padding: int) -> dict[str, NDArray[np.int64]]:
    length = max(len(row) for row in rows)
    ids = np.full((len(rows), length), padding, dtype=np.int64)
    mask = np.zeros((len(rows), length), dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _readable(text: str) -> str:
    """What the tokenizer can take: no lone surrogates, and no more than the network reads anyway."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _providers(device: str) -> list[str]:
    gpu = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if device == "cuda" and not gpu:
        raise ModelRefused("DEVICE is cuda, but this ONNX Runtime has no GPU support; install onnxruntime-gpu.")
    return ["CUDAExecutionProvider", "CPUExecutionProvider"] if gpu and device != "cpu" else ["CPUExecutionProvider"]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
