"""The load test drives real pages: here a few of them for a moment, to see that it measures what it says."""

import asyncio
import os

from tests.bench import pages


def test_the_load_test_times_every_way_a_message_goes(served):
    emails = pages.add_agents(served.world.database, 1)
    found = asyncio.run(
        pages.measure(
            pages.Place(served.url, os.getpid()), pages=4, emails=emails, seconds=6.0, pause=1.0, agent_pause=1.0
        )
    )
    assert {row.what for row in found.rows} == {
        "chat: Enter to echo",
        "chat: Enter to the bot's answer",
        "console: Enter to echo",
        "customer's Enter to the agent's screen",
        "agent's Enter to the customer's screen",
    }
    assert all(0 < row.p50_ms <= row.p95_ms for row in found.rows)
    assert "Enter to echo" in pages.table(found)
