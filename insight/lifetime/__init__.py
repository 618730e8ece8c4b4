"""What a customer will still buy: purchases (BG/NBD), spend (gamma-gamma) and their discounted product.

Each model is a frozen value; `histories` makes what all of them read. Time is counted in weeks throughout.
"""

from insight.lifetime.bg_nbd import BgNbd
from insight.lifetime.errors import FitError
from insight.lifetime.forecast import forecast
from insight.lifetime.gamma_gamma import GammaGamma
from insight.lifetime.histories import halves, histories, purchases
from insight.lifetime.value import lifetime_value

__all__ = ["BgNbd", "FitError", "GammaGamma", "forecast", "halves", "histories", "lifetime_value", "purchases"]
