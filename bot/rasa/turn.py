"""The turn that Rasa is working on, as far as its channel and its store must agree on it."""

from contextvars import ContextVar

turn_failure: ContextVar[str] = ContextVar("turn_failure", default="")


class TurnFailed(Exception):
    """An action did not answer: nothing of the turn is kept, so that it can be tried again."""
