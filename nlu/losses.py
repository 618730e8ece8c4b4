"""What training makes small: the heads' mistakes, and distances between sentences that mean the same.

The contrastive part (Khosla and others 2020, supervised contrastive learning) lets the sentence vectors of one label
move together and others apart. That is what the nearest neighbours of `nlu.scope` need, and with few examples it
teaches more than the head's mistakes do.
"""

import torch
from torch import Tensor, nn

TEMPERATURE = 0.1


def mistakes(logits: Tensor, labels: Tensor, *, smoothing: float) -> Tensor:
    return nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)


def contrast(vectors: Tensor, labels: Tensor, *, ignored: int | None) -> Tensor:
    """Mean over the rows that have another of their label; 0 without any.

    `ignored`: a label whose rows are like nothing in particular, so that they only push others away.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    likelihood = nn.functional.log_softmax((vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e9), dim=1)
    same = (labels[:, None] == labels[None]) & ~itself
    if ignored is not None:
        same = same & (labels != ignored)[:, None]
    found = same.any(dim=1)
    if not found.any():
        return vectors.sum() * 0.0
    return -((likelihood * same).sum(dim=1)[found] / same.sum(dim=1)[found]).mean()
