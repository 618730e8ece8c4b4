"""Errors of `bot`: each has an HTTP `status` and a `message` that says what to do; rendered in one place."""


class BotError(Exception):
    """Something a caller did or asked for that cannot be; `message` is safe to show."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(BotError):
    status = 404


class NotAllowed(BotError):
    """Signed in, but not for this."""

    status = 403


class NotSignedIn(BotError):
    status = 401


class Taken(BotError):
    """Another agent owns the conversation."""

    status = 409


class TooLarge(BotError):
    status = 413


class TooMany(BotError):
    """A rate limit was passed."""

    status = 429


class Unavailable(BotError):
    """A part we depend on does not answer."""

    status = 503


class AnswerRefused(BotError):
    """An answer that cannot be published as it is written."""
