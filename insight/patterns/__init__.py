"""What goes together, what follows what, and who goes on to the next step: each guarded against chance."""

from insight.patterns.funnels import Funnel
from insight.patterns.rules import Rule
from insight.patterns.sequences import Sequence
from insight.patterns.step import Patterns, find, read

__all__ = ["Funnel", "Patterns", "Rule", "Sequence", "find", "read"]
