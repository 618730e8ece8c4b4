"""The vectors of what products are called and how they are described, kept in cells so that a search reads few rows.

A cell holds the products nearest its centre; a search looks into the few cells whose centres are nearest (an inverted
file: J. Sivic, A. Zisserman, "Video Google", ICCV 2003). `learning.content` makes them.
"""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.tables import CellRow, VectorRow

PROBES = 4  # cells looked into
STORED = np.float16


def nearest(session: Session, vector: np.ndarray, count: int) -> list[tuple[str, float]]:
    """Up to `count` products most like `vector` (of length 1), best first, each with its `share`."""
    centres = session.execute(select(CellRow.cell, CellRow.vector, CellRow.unlike, CellRow.alike)).all()
    if not centres:
        return []
    cosines = _rows([centre.vector for centre in centres]) @ vector
    cells = [centres[place].cell for place in np.argsort(-cosines, kind="stable")[:PROBES]]
    rows = session.execute(select(VectorRow.product_id, VectorRow.vector).where(VectorRow.cell.in_(cells))).all()
    if not rows:
        return []
    cosines = _rows([row.vector for row in rows]) @ vector
    likeness = share(cosines, unlike=centres[0].unlike, alike=centres[0].alike)
    best = np.argsort(-likeness, kind="stable")[:count]
    return [(rows[place][0], float(likeness[place])) for place in best if likeness[place] > 0]


def share(cosines: np.ndarray, *, unlike: float, alike: float) -> np.ndarray:
    """How far cosines are on the way from what `unlike` products hardly ever reach to what the `alike` have."""
    return np.clip((cosines - unlike) / max(alike - unlike, 1e-6), 0.0, 1.0)


def packed(vector: np.ndarray) -> bytes:
    return vector.astype(STORED).tobytes()


def _rows(stored: Sequence[bytes]) -> np.ndarray:
    return unpacked(b"".join(stored)).reshape(len(stored), -1)


def unpacked(stored: bytes) -> np.ndarray:
    return np.frombuffer(stored, dtype=STORED).astype(np.float32)
