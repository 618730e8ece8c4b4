"""What a customer usually pays for a product: far outside of it a suggestion is worth less, but not forbidden."""

from collections.abc import Mapping

import numpy as np

from insight.catalogue import Item
from insight.profile import Profile
from insight.suggestions.values import ANY_PRICE, Prices

FEWEST = 3  # products bought, before there is anything usual
MIDDLE = (0.1, 0.9)  # of the prices paid
ROOM = 2.0  # times below and above them
OUTSIDE = 0.5  # what a suggestion outside is worth


def usual(profile: Profile | None, catalogue: Mapping[str, Item]) -> Prices:
    """The range of what the products cost now that were bought; any price for somebody who bought few."""
    paid = [catalogue[id].price for id in profile.bought if id in catalogue] if profile else []
    if len(paid) < FEWEST:
        return ANY_PRICE
    low, high = np.quantile(paid, MIDDLE)
    return Prices(float(low) / ROOM, float(high) * ROOM)
