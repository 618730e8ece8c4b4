"""What can go wrong with a conversation beside `bot.errors`."""

from bot.errors import BotError


class Closed(BotError):
    """The conversation is resolved; only a message of the customer reopens it."""

    status = 409


class NotOffered(BotError):
    """A button's payload that was never shown in this conversation."""

    status = 422
