"""Errors of `nlu`: each has a `status` and a `message`, a plain sentence that says what to do."""


class NluError(Exception):
    """Something about a model or its data that cannot be used; `message` is safe to show."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DataError(NluError):
    """A CSV file of examples that cannot be used; the message names the file and the row at fault."""

    status = 400


class ModelRefused(NluError):
    """A model that is missing, broken or of another format."""


class Closed(NluError):
    """A message came after its batcher was closed."""

    status = 503


class Busy(NluError):
    """More messages wait for a model than it could work off in time."""

    status = 503
