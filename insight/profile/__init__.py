"""What is known of one customer, folded from the event log and current within a second.

A profile is the fold of the person's events in the order they *happened* (`occurred_at`, then log id). The worker adds
new events to the stored document; one that arrives late, or a visitor who turns out to be a known customer, folds the
person anew from the log. So late, early and replayed events all give the same document.
"""

from insight.profile.document import Document, fold
from insight.profile.replaying import rebuild, replay
from insight.profile.store import forget, get, of_customers, read_tiers
from insight.profile.view import Interest, Issue, Profile, Sentiment, Value

__all__ = [
    "Document",
    "Interest",
    "Issue",
    "Profile",
    "Sentiment",
    "Value",
    "fold",
    "forget",
    "get",
    "of_customers",
    "read_tiers",
    "rebuild",
    "replay",
]
