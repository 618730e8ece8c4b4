"""How products are alike by who buys them: what the suggestions are made from and what the evaluation compares.

Each function takes `counts`, customers by products (baskets with the product), and knows nothing of what they are.
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

EASE_PENALTY = 200.0
EASE_PRODUCTS = 4_000  # its weights take the square of it in memory
FACTORS, ROUNDS, CONFIDENCE, RIDGE = 64, 15, 10.0, 0.05
SEED = 7

Matrix = Any  # scipy.sparse.csr_matrix, which carries no types


def cosine(counts: Matrix) -> Matrix:
    """Products by products: of the customers who buy them."""
    bought = (counts > 0).astype(float)
    length = np.sqrt(np.asarray(bought.sum(axis=0)).ravel())
    scaled = bought @ sparse.diags(1.0 / np.where(length > 0, length, 1.0))
    likeness = sparse.csr_matrix(scaled.T @ scaled)
    likeness.setdiag(0.0)
    return likeness


def frequent(popularity: np.ndarray) -> np.ndarray:
    """The columns of the `EASE_PRODUCTS` that most customers buy, in their order."""
    return np.sort(np.argsort(-popularity, kind="stable")[:EASE_PRODUCTS])


def ease(counts: Matrix) -> np.ndarray:
    """Products by products: the ridge weights with a zero diagonal that best make each product from the others.

    Source: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, equation 8.
    """
    bought = (counts > 0).astype(float)
    gram = (bought.T @ bought).toarray()
    gram[np.diag_indices_from(gram)] += EASE_PENALTY
    factor, _ = lapack.dpotrf(gram, overwrite_a=True)
    inverse, _ = lapack.dpotri(factor, overwrite_c=True)
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)


def als(counts: Matrix, *, by_default: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Factors of customers and of products (n, `FACTORS`); `by_default`: of the counts, by the library's own settings.

    Source: Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008; by the
    library implicit, with the confidence growing with the logarithm of the count.
    """
    from implicit.als import AlternatingLeastSquares  # only batch work has it
    from threadpoolctl import threadpool_limits

    confidence = counts.copy()
    settings: dict[str, Any] = {}
    if not by_default:
        confidence.data = 1.0 + np.log1p(confidence.data)
        settings = {"factors": FACTORS, "regularization": RIDGE, "alpha": CONFIDENCE, "iterations": ROUNDS}
    with threadpool_limits(1, "blas"):  # implicit has threads of its own
        model = AlternatingLeastSquares(random_state=SEED, use_gpu=False, **settings)
        model.fit(confidence.astype(np.float32), show_progress=False)
    return np.asarray(model.user_factors), np.asarray(model.item_factors)
