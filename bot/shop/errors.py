"""What a shop refuses, each with a `message` that the bot can say to the customer as it is."""

from bot.errors import BotError, NotAllowed, NotFound


class ShopError(BotError):
    """The shop did not do what it was asked; nothing was changed."""


class OrderNotFound(ShopError, NotFound):
    """No such order, or another customer's: the two are never told apart."""

    def __init__(self) -> None:
        super().__init__(
            "I can't find that order on your account. Please check the number: it looks like HP-10482 and is in your "
            "confirmation e-mail."
        )


class CustomerNotFound(ShopError, NotFound):
    def __init__(self) -> None:
        super().__init__("I can't find that customer account.")


class ProductNotFound(ShopError, NotFound):
    def __init__(self) -> None:
        super().__init__("I can't find that product.")


class NotPossible(ShopError, NotAllowed):
    """The order's state does not allow it; the message says why and what to do instead."""

    status = 409


class Invalid(ShopError):
    """A value that makes no sense, for instance a quantity of minus two."""

    status = 422
