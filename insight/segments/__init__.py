"""Groups of customers that the shop names: who is in one now, since when, and why.

A segment is a condition tree over the profile (`rules`), or a group that the refresh found (`insight.clusters`).
Entering and leaving are events of the log (`follow`), so a replay knows the same stays, and others can act on them.
"""

from insight.segments.rules import Condition, parse
from insight.segments.store import Preview, Segment, find, follow, members, preview, retire, save, segments, sweep

__all__ = [
    "Condition",
    "Preview",
    "Segment",
    "find",
    "follow",
    "members",
    "parse",
    "preview",
    "retire",
    "save",
    "segments",
    "sweep",
]
