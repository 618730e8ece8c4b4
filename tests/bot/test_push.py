"""Pushes: to who listens, and between processes through a real Redis."""

import asyncio

import pytest

from bot.errors import TooMany
from bot.gateway.limits import RateLimits
from bot.push import KEPT, Push, Pushed
from tests.ports import free_port


async def test_only_listeners_of_the_conversation_hear(tmp_path):
    push = Push()
    async with push.subscribe("a") as a, push.subscribe("b") as b, push.subscribe("*") as everything:
        await push.publish("a", 3)
        assert await a.next(1) == await everything.next(1) == Pushed("a", 3)
        assert await b.next(0.01) is None


async def test_a_slow_listener_loses_the_oldest_news_only():
    push = Push()
    async with push.subscribe("a") as slow:
        for seq in range(KEPT + 5):
            await push.publish("a", seq)
        assert (await slow.next(1)).seq == 5


async def test_nobody_listens_any_more():
    push = Push()
    async with push.subscribe("a"):
        pass
    await push.publish("a", 1)
    assert push._subscriptions == {}


async def test_two_processes_hear_each_other_through_redis(redis_url):
    async with Push(redis_url) as here, Push(redis_url) as there:
        await asyncio.wait_for(asyncio.gather(here.connected(), there.connected()), 5)
        async with there.subscribe("a") as news:
            await here.publish("a", 7, typing="agent")
            assert await news.next(5) == Pushed("a", 7, "agent")


async def test_a_redis_that_is_away_costs_no_error():
    async with Push(f"redis://127.0.0.1:{free_port()}/0") as push, push.subscribe("a") as news:
        await push.publish("a", 1)
        assert await news.next(1) == Pushed("a", 1)


async def test_limits_are_shared_through_redis(redis_url):
    here, there = (RateLimits(messages_per_minute=1, visitors_per_minute=1, redis_url=redis_url) for _ in range(2))
    await here.message("v")
    with pytest.raises(TooMany):
        await there.message("v")
