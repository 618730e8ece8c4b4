"""Value tiers, high / mid / low: a decision tree over recency, frequency and money whose rules read as sentences.

`refresh` fits the tree to what customers are worth and records it in the log (`Tiers Refreshed`), so that a replay has
the same one.
"""

from insight.tiers.fit import fit
from insight.tiers.tree import EVENT, Leaf, Rule, Split, Standing, Tiers

__all__ = ["EVENT", "Leaf", "Rule", "Split", "Standing", "Tiers", "fit"]
