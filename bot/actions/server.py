"""The actions' door: `POST /webhook` in Rasa's action protocol, behind the internal key, run by rasa-sdk's executor.

Actions are synchronous and read databases, so each runs in a thread. An action that fails is a 500: Rasa then keeps
nothing of the turn, and the gateway apologises and tries again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot import keys
from bot.actions.context import Context
from bot.actions.errors import Unreadable
from bot.actions.form import Form, run_form
from bot.actions.registry import ACTIONS, FORMS, Action
from bot.actions.request import Event, Outcome, read_request
from bot.actions.request import Request as ActionRequest

log = logging.getLogger(__name__)
Run = Callable[[CollectingDispatcher, Tracker, dict[str, Any]], Awaitable[list[Event]]]


def make_executor(context: Context) -> ActionExecutor:
    """rasa-sdk's executor with every action and every form's validation action."""
    executor = ActionExecutor()
    for name, action in ACTIONS.items():
        executor.register_function(name, runner(context, action))
    for form in FORMS:
        executor.register_function(f"validate_{form.name}", runner(context, walking(form)))
    return executor


def walking(form: Form) -> Action:
    return lambda context, request: run_form(form, context, request)


def runner(context: Context, action: Action) -> Run:
    """The action as rasa-sdk calls it."""

    def work(tracker: Tracker) -> Outcome:
        with context.database.reading() as session:
            request = read_request(session, tracker)
        return then(action(context, request), request)

    async def run(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        outcome = await asyncio.to_thread(work, tracker)
        for part in outcome.parts:
            dispatcher.utter_message(json_message=part)
        return list(outcome.events)

    return run


def then(outcome: Outcome, request: ActionRequest) -> Outcome:
    """Say what comes next where the rules leave no choice: asking them takes Rasa half of a turn's time.

    An open form goes on after another action; anything else ends the turn. No events at all is a form's refusal.
    """
    kinds = {event["event"] for event in outcome.events}
    if kinds & {"followup", "user"} or not (outcome.parts or outcome.events):
        return outcome
    form_goes_on = request.active_form and not kinds & {"slot", "active_loop"}
    following = FollowupAction(request.active_form if form_goes_on else "action_listen")
    return replace(outcome, events=(*outcome.events, following))


def router(context: Context) -> APIRouter:
    """`POST /webhook` for the internal door."""
    door, executor, key = APIRouter(), make_executor(context), context.settings.internal_key

    @door.post("/webhook", include_in_schema=False)
    async def webhook(request: Request) -> JSONResponse:
        keys.require_internal(request.headers.get(keys.INTERNAL_HEADER), key)
        return await run_action(executor, await read_call(request))

    return door


async def read_call(request: Request) -> dict[str, Any]:
    try:
        call = await request.json()
    except ValueError:
        call = None
    if not isinstance(call, dict) or not call.get("next_action") or not isinstance(call.get("tracker"), dict):
        raise Unreadable()
    call.setdefault("domain", {})  # the executor insists on one, no action of ours reads it
    return call


async def run_action(executor: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    name = call["next_action"]
    try:
        result = await executor.run(call)
    except ActionNotFoundException as error:
        return JSONResponse({"error": error.message, "action_name": name}, status_code=404)
    except ActionExecutionRejection as error:
        return JSONResponse({"error": error.message, "action_name": name}, status_code=400)
    except Exception:
        log.exception("the action %s failed", name)
        return JSONResponse({"error": "the action failed", "action_name": name}, status_code=500)
    return JSONResponse(result.model_dump() if result else {"events": [], "responses": []})
