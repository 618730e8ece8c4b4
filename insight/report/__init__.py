"""The owner's report: one self-contained HTML page, computed from the event log and nothing else.

Every number is a pure function of the events that happened before `until`, so it comes out the same whenever the report
of that period is made again.
"""

from insight.report.page import build, figures

__all__ = ["build", "figures"]
