"""The vectors of the products' names, categories and descriptions, and what they say is alike.

Only what is new or described otherwise is encoded; the digest of a text covers the encoder, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import isqrt

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from insight.batch.context import Context, Embed
from insight.catalogue import Item
from insight.suggestions import vectors
from insight.suggestions.learning.neighbours import Neighbours, nearest
from insight.tables import CellRow, VectorRow

ENCODED_AT_ONCE = 256
ONE_CELL = 256  # products; more of them have cells
LARGEST_SAMPLE = 20_000  # products that the centres are found with
NAMES = 100  # that say what cosines words have with what they mean, and with what they do not
UNLIKE = 0.99  # of names and products of other categories are less alike
SEED = 7


@dataclass(frozen=True)
class Described:
    """The catalogue by rows: ids, digests, vectors of length 1, cells; and the cells' centres."""

    ids: np.ndarray
    digests: Sequence[str]
    vectors: np.ndarray
    cells: np.ndarray
    centres: np.ndarray
    unlike: float
    alike: float
    nearest: Neighbours  # by cosine


def read(context: Context) -> Described | None:
    """None without a catalogue or an encoder."""
    if context.embed is None or not context.items:
        return None
    items = sorted(context.items, key=lambda item: item.product_id)
    texts = [text_of(item) for item in items]
    encoder = np.round(context.embed(["product"]), 3).tobytes()
    digests = [blake2b(encoder + text.encode(), digest_size=16).hexdigest() for text in texts]
    with context.reading() as session:
        known = {row.digest: row.vector for row in session.execute(select(VectorRow.digest, VectorRow.vector))}
    rows = _encoded(context.embed, texts, digests, known)
    centres, cells = _cells(rows)
    ids = np.array([item.product_id for item in items])
    unlike, alike = _scale(context.embed, rows, items)
    return Described(
        ids=ids,
        digests=digests,
        vectors=rows,
        cells=cells,
        centres=centres,
        unlike=unlike,
        alike=alike,
        nearest=nearest(rows, ids),
    )


def text_of(item: Item) -> str:
    return ". ".join(part for part in (item.name, item.category, item.description) if part)


def alike(described: Described) -> Neighbours:
    """Products that are described alike, by the `share` of their cosine."""
    found = {}
    for id, others in described.nearest.items():
        cosines = np.array([cosine for _, cosine in others])
        shares = vectors.share(cosines, unlike=described.unlike, alike=described.alike)
        found[id] = [(other, float(share)) for (other, _), share in zip(others, shares, strict=True) if share > 0]
    return found


def store(session: Session, described: Described | None) -> None:
    """Replace the vectors and the cells; without any, there are none."""
    session.execute(delete(VectorRow))
    session.execute(delete(CellRow))
    if described is None:
        return
    columns = zip(described.ids, described.cells, described.digests, described.vectors, strict=True)
    rows = [
        {"product_id": str(id), "cell": int(cell), "digest": digest, "vector": vectors.packed(vector)}
        for id, cell, digest, vector in columns
    ]
    session.execute(insert(VectorRow), rows)
    centres = enumerate(described.centres)
    limits = {"unlike": described.unlike, "alike": described.alike}
    cells = [{"cell": number, "vector": vectors.packed(centre), **limits} for number, centre in centres]
    session.execute(insert(CellRow), cells)


def _encoded(embed: Embed, texts: Sequence[str], digests: Sequence[str], known: dict[str, bytes]) -> np.ndarray:
    new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
    for start in range(0, len(new), ENCODED_AT_ONCE):
        some = list(new)[start : start + ENCODED_AT_ONCE]
        known |= {
            digest: vectors.packed(row) for digest, row in zip(some, embed([new[one] for one in some]), strict=True)
        }
    return np.stack([vectors.unpacked(known[digest]) for digest in digests])


def _cells(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres, and each row's cell."""
    from sklearn.cluster import MiniBatchKMeans  # only batch work has it

    if len(rows) <= ONE_CELL:
        return rows.mean(axis=0, keepdims=True), np.zeros(len(rows), dtype=int)
    random = np.random.default_rng(SEED)
    sample = rows[random.permutation(len(rows))[:LARGEST_SAMPLE]]
    clusters = MiniBatchKMeans(isqrt(len(rows)), random_state=SEED, n_init=1, batch_size=2048).fit(sample)
    return clusters.cluster_centers_.astype(np.float32), clusters.predict(rows)


def _scale(embed: Embed, rows: np.ndarray, items: Sequence[Item]) -> tuple[float, float]:
    """The cosines of some names with products of other categories, at `UNLIKE`, and with their own, in the middle."""
    some = np.random.default_rng(SEED).permutation(len(items))[:NAMES]
    cosines = embed([items[place].name for place in some]) @ rows.T
    categories = np.array([item.category for item in items])
    apart = categories[some][:, None] != categories[None, :]
    own = cosines[np.arange(len(some)), some]
    return (float(np.quantile(cosines[apart], UNLIKE)) if apart.any() else 0.0), float(np.median(own))
