"""Errors of `insight`: each has an HTTP `status` and a `message` that says what to do."""


class InsightError(Exception):
    """Something a caller did or gave that cannot be; `message` is safe to show."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EventError(InsightError):
    """An event that cannot be recorded; the message names the field at fault."""

    status = 422


class SegmentError(InsightError):
    """A segment or its rule that cannot be; the message names the place at fault."""

    status = 422


class UnknownSegment(SegmentError):
    status = 404


class FileError(InsightError):
    """An orders or catalogue file that cannot be read; the message names the file and what is wrong."""

    status = 422


class RefreshError(InsightError):
    """A step of the refresh failed; the message names it."""

    status = 500


class RefreshRunning(RefreshError):
    """Another refresh has the turn."""

    status = 409


class EngineError(InsightError):
    """An engine for batch work that is not there; the message says what to install."""


class NotLearntYet(InsightError):
    """What a refresh finds is asked for before one has run; the message says how to run it."""

    status = 404
