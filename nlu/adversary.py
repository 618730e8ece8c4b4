"""Adversarial training (FGM: Miyato and others 2017): each batch is read twice, the second time harder to read.

How far a text's words are moved is counted in the length of this encoder's average word, so that one number fits all.
"""

from types import TracebackType

import torch
from torch import Tensor, nn


class Adversary:
    """While open, remembers what the word embeddings gave, and can have them give something worse the next time."""

    def __init__(self, embeddings: nn.Embedding, *, step: float) -> None:
        self._embeddings = embeddings
        self._length = step * float(embeddings.weight.detach().norm(dim=1).mean())
        self._given: Tensor | None = None
        self._step: Tensor | None = None

    def __enter__(self) -> "Adversary":
        self._handle = self._embeddings.register_forward_hook(self._embed)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._handle.remove()

    def attack(self) -> None:
        """After the backward pass: the next forward pass, over the same texts, sees them moved."""
        if self._given is None or self._given.grad is None:
            return
        gradient = self._given.grad
        size = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None]
        self._step = self._length * gradient / size

    def _embed(self, _: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return output
        if self._step is not None:
            moved, self._step = output.detach() + self._step, None
            return moved
        self._given = output.detach().requires_grad_()
        return self._given
