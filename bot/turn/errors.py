"""What can go wrong inside a turn; the customer gets an apology, never the error."""

from bot.errors import Unavailable


class RasaUnavailable(Unavailable):
    """Rasa does not answer, answers too late, or answers something that is no answer."""
