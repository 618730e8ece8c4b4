"""Keys for programs: made once, shown once, stored as a SHA-256 hash, compared in constant time.

A key carries 256 random bits, so a plain hash is enough; passwords are another matter (`agents.py`).
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import BotError, NotFound, NotSignedIn
from bot.tables import ApiKey

SCOPES = ("channel", "read", "write")
INTERNAL_HEADER = "X-Internal-Key"


def create(session: Session, *, scope: str, name: str) -> str:
    """Store a new key and return it; it cannot be read again later."""
    if scope not in SCOPES:
        raise BotError(f"unknown scope {scope!r}; choose one of {', '.join(SCOPES)}")
    key = f"sk_{scope}_{secrets.token_urlsafe(32)}"
    session.add(
        ApiKey(id=secrets.token_hex(8), scope=scope, name=name, key_hash=_hash(key), created_at=datetime.now(UTC))
    )
    return key


def allows(session: Session, key: str, *, scope: str) -> bool:
    """Whether `key` was made for `scope` and is not revoked."""
    found = session.scalar(select(ApiKey).where(ApiKey.key_hash == _hash(key)))
    return found is not None and found.scope == scope and found.revoked_at is None


def list_keys(session: Session) -> list[ApiKey]:
    """Every key, the oldest first; the keys themselves are not stored."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.created_at)))


def revoke(session: Session, key_id: str) -> None:
    """Refuse the key from now on."""
    found = session.get(ApiKey, key_id)
    if found is None:
        raise NotFound(f"no key with the id {key_id}; `shopkeeper key list` shows them")
    found.revoked_at = found.revoked_at or datetime.now(UTC)


def same(given: str | None, expected: str) -> bool:
    """Whether two secrets are equal, in constant time; a missing one never is."""
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())


def require_internal(given: str | None, key: str) -> None:
    """Refuse a call to an internal door that does not bring `INTERNAL_KEY`."""
    if not same(given, key):
        raise NotSignedIn(f"The header {INTERNAL_HEADER} is missing or wrong.")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
