"""Rate limits, counted in this process or in Redis for all of them."""

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from bot.errors import TooMany


class RateLimits:
    def __init__(self, *, messages_per_minute: int, visitors_per_minute: int, redis_url: str = "") -> None:
        storage = RedisStorage(f"async+{redis_url}", implementation="redispy") if redis_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(storage)
        self._messages = RateLimitItemPerMinute(messages_per_minute)
        self._visitors = RateLimitItemPerMinute(visitors_per_minute)

    async def message(self, visitor_id: str) -> None:
        """Raises `TooMany` when this visitor writes too fast."""
        if not await self._limiter.hit(self._messages, "message", visitor_id):
            raise TooMany("You are writing faster than I can read. Please wait a minute and try again.")

    async def visitor(self, address: str) -> None:
        """Raises `TooMany` when too many visitors come from one address."""
        if not await self._limiter.hit(self._visitors, "visitor", address):
            raise TooMany("Too many chats were opened from your network. Please try again in a minute.")
