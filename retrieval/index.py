"""The vectors of the questions, searched by inner product; the only module that imports FAISS.

Which FAISS index is made follows from the size alone (`choose`). Saved as a vectors file named by its content and a
manifest that is replaced last, in one step: a reader sees the old index or the new one, never half of one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexRefused

FORMAT = 1
MANIFEST = "manifest.json"
REBUILD = "build it again with `shopkeeper retrieval index --force`"


@dataclass(frozen=True)
class Manifest:
    """What an index is of. `templates`: hash of what it searches; `inputs`: hash of all it was built and tuned from."""

    model: str
    ids: tuple[str, ...]
    dimension: int
    vectors: str = ""
    templates: str = ""
    inputs: str = ""
    fusion: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    format: int = FORMAT
    count: int = 0


class Index:
    """Rows of length 1 with the id of the template each belongs to; several rows may share an id."""

    def __init__(self, vectors: Any, manifest: Manifest) -> None:
        self.vectors = vectors
        self.manifest = manifest

    @classmethod
    def build(cls, vectors: NDArray[np.float32], ids: Sequence[str], *, model: str, **about: Any) -> "Index":
        """An index of `vectors` (n, d); `about`: further fields of the manifest."""
        if vectors.ndim != 2 or len(vectors) != len(ids):
            raise IndexRefused(f"{len(ids)} ids do not belong to vectors of shape {vectors.shape}")
        if not ids:
            raise IndexRefused("there is nothing to index: no answer template has a question")
        made = choose(len(ids), vectors.shape[1])
        made.add(np.ascontiguousarray(vectors, dtype=np.float32))
        manifest = Manifest(model=model, ids=tuple(ids), dimension=vectors.shape[1], count=len(ids), **about)
        return cls(made, manifest)

    def search(self, vectors: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Inner products and row numbers of the `k` nearest rows of each vector (m, d), best first."""
        if vectors.ndim != 2 or vectors.shape[1] != self.manifest.dimension:
            raise IndexRefused(
                f"vectors of shape {vectors.shape} do not fit an index of {self.manifest.dimension} dimensions"
            )
        return self.vectors.search(np.ascontiguousarray(vectors, dtype=np.float32), min(k, self.manifest.count))

    def save(self, folder: Path) -> None:
        """Write to `folder`, replacing the index there in one step."""
        folder.mkdir(parents=True, exist_ok=True)
        content = faiss.serialize_index(self.vectors).tobytes()
        name = f"vectors-{sha256(content).hexdigest()[:16]}.faiss"
        write(folder / name, content)
        manifest = asdict(self.manifest) | {"vectors": name}
        write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
        for old in folder.glob("vectors-*.faiss"):
            if old.name != name:
                old.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, *, model: str) -> "Index":
        """The index saved in `folder`; raises `IndexRefused` unless it is whole, of this format and of `model`."""
        manifest = read_manifest(folder)
        if manifest.model != model:
            raise IndexRefused(
                f"the index in {folder} was made by the encoder {manifest.model}, not {model}; {REBUILD}"
            )
        try:
            content = (folder / manifest.vectors).read_bytes()
        except OSError as error:
            raise IndexRefused(f"the index in {folder} has lost its vectors; {REBUILD}") from error
        if f"vectors-{sha256(content).hexdigest()[:16]}.faiss" != manifest.vectors:
            raise IndexRefused(f"the index in {folder} is damaged; {REBUILD}")
        vectors = faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8))
        if (vectors.ntotal, vectors.d) != (len(manifest.ids), manifest.dimension):
            raise IndexRefused(f"the index in {folder} does not match its manifest; {REBUILD}")
        return cls(vectors, manifest)


def choose(count: int, dimension: int) -> Any:
    """The FAISS index for `count` vectors: exact, which at the size of a shop's answers is also the fastest."""
    return faiss.IndexFlatIP(dimension)


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`; raises `IndexRefused` when there is none or it is of another format."""
    try:
        fields = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if fields.get("format") != FORMAT:
            raise IndexRefused(f"the index in {folder} has format {fields.get('format')}, not {FORMAT}; {REBUILD}")
        return Manifest(**fields | {"ids": tuple(fields["ids"])})
    except FileNotFoundError as error:
        raise IndexRefused(f"there is no index in {folder}; build it with `shopkeeper retrieval index`") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexRefused(f"the manifest in {folder} is damaged; {REBUILD}") from error


def write(path: Path, content: bytes) -> None:
    """`content` at `path`, whole or not at all."""
    partial = path.with_suffix(f"{path.suffix}.partial")
    partial.write_bytes(content)
    partial.replace(path)
