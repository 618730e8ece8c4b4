"""Learning from use: messages the bot may have misunderstood, what people decide about them, and the examples of it.

Which messages are in the list follows from the stored messages each time it is read; what a person decided is a row of
`verdict`, and that table alone is the truth. The file that training reads is written from it and can be deleted.
"""

from bot.review.deciding import confirm, correct, corrected_to, forget, ignore, undo
from bot.review.examples import Learned, learned
from bot.review.gathering import Candidate, gather
from bot.review.labels import Label, labels
from bot.review.ordering import Group, grouped, uncertainty

__all__ = [
    "Candidate",
    "Group",
    "Label",
    "Learned",
    "confirm",
    "correct",
    "corrected_to",
    "forget",
    "gather",
    "grouped",
    "ignore",
    "labels",
    "learned",
    "uncertainty",
    "undo",
]
