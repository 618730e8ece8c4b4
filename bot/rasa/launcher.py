"""Start Rasa as we want it: `bot/rasa/.venv/bin/python bot/rasa/launcher.py run …` (any `rasa` command line).

Three of Rasa's habits are changed here, and nowhere else. It checks its own JSON schema again on every answer of an
action (61 % of a turn's time when profiled): a validator is built once. It goes on when an action fails, with half a
turn saved: the failure is remembered, so that the store refuses the turn and the gateway can try it again. And when the
store fails it goes on in memory, where the next restart loses the conversation: here that is an error like any other.
"""

import os
import sys
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

from jsonschema.validators import validator_for
from rasa.__main__ import main
from rasa.core import agent
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from turn import turn_failure


def validate_once() -> None:
    """Replace the check of an action's answer by one whose schema is compiled a single time."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(self: RemoteAction, result: Any) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


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
    validate_once()
    remember_failures()
    trust_the_store()
    sys.exit(main())
