"""Start Rasa as we want it: `bot/rasa/.venv/bin/python bot/rasa/launcher.py run …` (any `rasa` command line).

Four of Rasa's habits are changed here, and nowhere else. It checks its own JSON schema again on every answer of an
action (61 % of a turn's time when profiled; 10 % with a validator built once): we look ourselves. It opens a connection
for every action: we keep some. It goes on when an action fails, with half a turn saved: the failure is remembered, so
that the store refuses the turn and the gateway can try it again. And when the store fails it goes on in memory, where
the next restart loses the conversation: here that is an error like any other.
"""

import os
import sys
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import aiohttp
from rasa.__main__ import main
from rasa.core import agent
from rasa.core.actions import action
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.utils.endpoints import EndpointConfig
from turn import turn_failure

ACTION_TIMEOUT_S = 8  # Rasa's own is five minutes; the gateway gives up on a turn after RASA_TIMEOUT_S


def check_quickly() -> None:
    """Check the shape of an action's answer in plain Python; deserialising finds whatever else is wrong with it."""

    def check(self: RemoteAction, result: Any) -> bool:
        if not isinstance(result, dict):
            raise ValueError("an action's answer must be an object")
        for event in result.get("events") or ():
            if not isinstance(event, dict) or not isinstance(event.get("event"), str):
                raise ValueError("an action's event must be an object with a name")
        if not all(isinstance(response, dict) for response in result.get("responses") or ()):
            raise ValueError("an action's response must be an object")
        return True

    RemoteAction._validate_action_result = check


class KeptSession(aiohttp.ClientSession):
    """A session that the `async with` around each request does not close."""

    async def __aexit__(self, *error: object) -> None:
        return None


def keep_connections() -> None:
    """Reuse connections to the actions; an idle one is dropped before the other side (5 s) would do so."""
    action.DEFAULT_REQUEST_TIMEOUT = ACTION_TIMEOUT_S
    sessions: dict[str, KeptSession] = {}

    def session(self: EndpointConfig) -> KeptSession:
        if self.url not in sessions:
            sessions[self.url] = KeptSession(
                headers=self.headers,
                timeout=aiohttp.ClientTimeout(total=ACTION_TIMEOUT_S),
                connector=aiohttp.TCPConnector(keepalive_timeout=2.0),
            )
        return sessions[self.url]

    EndpointConfig.session = session


def remember_failures() -> None:
    """Note an action that failed; Rasa itself would only log it."""
    run = RemoteAction.run

    async def run_or_remember(self: RemoteAction, *arguments: Any, **options: Any) -> Any:
        try:
            return await run(self, *arguments, **options)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            turn_failure.set(f"{self.name()} failed: {type(error).__name__}")
            raise

    RemoteAction.run = run_or_remember


def trust_the_store() -> None:
    """Use our tracker store itself instead of Rasa's wrapper that hides its errors."""
    agent.FailSafeTrackerStore = lambda store: store


if __name__ == "__main__":
    check_quickly()
    keep_connections()
    remember_failures()
    trust_the_store()
    sys.exit(main())
