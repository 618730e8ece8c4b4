"""A small GRU over what each customer did: a peer of the models that predict.

It is none of the contenders, because what it says has no reasons in words. It imports torch.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
import torch
from torch import nn

from insight.predictions.histories import LATEST

MOST = 20_000  # examples that it learns from, the newest
HIDDEN = 16
EPOCHS, BATCH, RATE = 12, 256, 0.01

Example = tuple[np.ndarray, np.ndarray]  # sequences (n, steps, numbers), outcomes (n,)


class Network(nn.Module):
    """Steps of `width` numbers to log-odds."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gru = nn.GRU(width, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 1)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(steps)
        return self.head(states[:, -1]).squeeze(-1)


def sequences(purchases: pd.DataFrame, customers: pd.Index, *, as_of: pd.Timestamp) -> np.ndarray:
    """(n, LATEST + 1, 2), zeros in front: a customer's latest purchases, then the silence until the day `as_of`.

    A step is the log of the days since the one before and that of the money spent.
    """
    before = purchases[(purchases["day"] <= as_of) & purchases["customer"].isin(customers)]
    before = before.sort_values(["customer", "day"])
    by_customer = before.groupby("customer", observed=True)
    row = customers.get_indexer(before["customer"])
    place = LATEST - 1 - by_customer.cumcount(ascending=False).to_numpy()
    gap = by_customer["day"].diff().dt.days.fillna(0.0).to_numpy()
    kept = place >= 0
    steps = np.zeros((len(customers), LATEST + 1, 2), dtype=np.float32)
    steps[row[kept], place[kept], 0] = np.log1p(gap[kept])
    steps[row[kept], place[kept], 1] = np.log1p(np.maximum(before["spend"].to_numpy()[kept], 0.0))
    last = by_customer["day"].max().reindex(customers)
    steps[:, LATEST, 0] = np.log1p((as_of - last).dt.days.to_numpy())
    return steps


def foresee(learnt: Sequence[Example], asked: np.ndarray) -> np.ndarray:
    """Chances for the sequences `asked`, from those with known outcomes, newest first; the same every time."""
    steps = torch.from_numpy(np.concatenate([one for one, _ in learnt])[:MOST])
    outcome = torch.from_numpy(np.concatenate([came for _, came in learnt])[:MOST].astype(np.float32))
    with torch.random.fork_rng(), _one_thread():
        torch.manual_seed(0)
        network = Network(steps.shape[-1])
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(steps)).split(BATCH):
                optimiser.zero_grad()
                loss = nn.functional.binary_cross_entropy_with_logits(network(steps[rows]), outcome[rows])
                loss.backward()
                optimiser.step()
        with torch.no_grad():
            return np.asarray(torch.sigmoid(network(torch.from_numpy(asked))).numpy())


@contextmanager
def _one_thread() -> Iterator[None]:
    """The steps are small: beside other work a second thread waits for the first a hundred times longer."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
