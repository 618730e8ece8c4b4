"""How products belong together by what is bought after them, and by their names."""

import numpy as np
import pandas as pd
from scipy import sparse

from insight.likeness import Matrix

FOLLOWED_AT_LEAST = 5.0  # added to both counts, so that rare products follow nothing for sure


def follows(cells: pd.DataFrame, products: int) -> Matrix:
    """Products by products: how often a customer's next basket has the second for the first time, after the first.

    `cells` as in `Split`; counts are divided by the square roots of how often either could be.
    """
    width = int(cells["basket"].max()) + 2
    basket = (cells["customer"] * width + cells["basket"]).to_numpy()
    first = cells.groupby(["customer", "product"])["basket"].transform("min").to_numpy() == cells["basket"]
    known, which = np.unique(basket, return_inverse=True)
    before = np.searchsorted(known, known - 1)
    after = np.flatnonzero(known[before] == known - 1)
    shape = (len(known), products)
    held = sparse.csr_matrix((np.ones(len(cells)), (which, cells["product"])), shape=shape)
    new = sparse.csr_matrix((np.ones(first.sum()), (which[first], cells["product"][first])), shape=shape)[after]
    held = held[before[after]]
    size = np.asarray(new.sum(axis=1)).ravel()
    pairs = held.T @ (sparse.diags(1.0 / np.sqrt(np.maximum(size, 1.0))) @ new)
    firsts, seconds = (np.asarray(side.sum(axis=0)).ravel() + FOLLOWED_AT_LEAST for side in (held, new))
    return sparse.csr_matrix(sparse.diags(firsts**-0.5) @ pairs @ sparse.diags(seconds**-0.5))


def words(names: pd.Series) -> Matrix:
    """Products by words of their names, rows of length 1, by how telling a word is (TF-IDF); none where none is."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(token_pattern=r"(?u)[^\W\d_]{2,}", sublinear_tf=True).fit_transform(names)
    except ValueError:  # no name has a word
        return sparse.csr_matrix((len(names), 1))
