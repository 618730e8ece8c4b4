"""First weights of a head: logistic regression on the encoder as it is, before anything else moves.

A head that starts at random pulls the encoder about until it has found its place; one that starts where it belongs
leaves what the encoder knows (Kumar and others 2022, fine-tuning can distort pretrained features).
"""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch import nn

INVERSE_PENALTY = 10.0
ITERATIONS = 200


def start(head: nn.Linear, vectors: NDArray[np.float32], labels: Sequence[int]) -> None:
    """Give `head` the weights that tell `vectors` (n, d) apart by `labels`, two or more of which occur."""
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(vectors, labels)
    weights, bias = regression.coef_, regression.intercept_
    if len(weights) == 1:  # of two classes only the second is described
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    places = torch.tensor(regression.classes_)
    with torch.no_grad():
        head.weight.zero_()
        head.bias.fill_(float(bias.min()))
        head.weight[places] = torch.tensor(weights, dtype=head.weight.dtype)
        head.bias[places] = torch.tensor(bias, dtype=head.bias.dtype)
