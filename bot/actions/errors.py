"""What the actions' door refuses."""

from bot.errors import BotError


class Unreadable(BotError):
    """A call that is no action call of Rasa."""

    def __init__(self) -> None:
        super().__init__("The body is not an action call: it needs next_action and tracker.")
