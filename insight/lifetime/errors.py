"""Errors of the life-time models."""

from insight.errors import InsightError


class FitError(InsightError):
    """A model that cannot be fitted to these purchases; the message says which and why."""

    status = 422
