"""Visitor tokens: the visitor's id, signed, with an age; in a header or the socket's first frame, never in a URL.

`IDENTITY_KEY` is shared with the shop: its server signs the customer's id, so a page cannot claim to be somebody.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from bot import keys
from bot.errors import NotSignedIn

LIFETIME = timedelta(days=30)
FILE_LIFETIME = timedelta(days=1)


def issue(secret: str, visitor_id: str) -> tuple[str, datetime]:
    """A token for the visitor and when it expires."""
    return _serializer(secret).dumps(visitor_id), datetime.now(UTC) + LIFETIME


def read(secret: str, token: object) -> str:
    """The visitor's id; raises `NotSignedIn` for a token that is forged, damaged or too old."""
    try:
        visitor_id = _serializer(secret).loads(token if isinstance(token, str) else "", int(LIFETIME.total_seconds()))
    except BadData as error:
        raise NotSignedIn("This chat session has expired. Please open the chat again.") from error
    return str(visitor_id)


def file_key(secret: str, path: str) -> str:
    """What lets a browser show the file at `path` for a day."""
    return URLSafeTimedSerializer(secret, salt="file").dumps(path)


def opens(secret: str, path: str, key: str) -> bool:
    """Whether `key` is a file key for that path."""
    try:
        return bool(URLSafeTimedSerializer(secret, salt="file").loads(key, int(FILE_LIFETIME.total_seconds())) == path)
    except BadData:
        return False


def customer_signature(key: str, customer_id: str) -> str:
    """What the shop's server sends with a customer's id."""
    return hmac.new(key.encode(), customer_id.encode(), hashlib.sha256).hexdigest()


def is_customer(key: str, customer_id: str, signature: str) -> bool:
    return keys.same(signature, customer_signature(key, customer_id))


def _serializer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="visitor")
