"""Suggested replies for the open conversation: looked for in the background whenever the customer has written.

The page never waits for them; those that come too late, for another conversation or an older message, are not shown.
"""

import logging
from collections.abc import Callable, Sequence

from nicegui import background_tasks, ui
from nicegui.client import Client

from bot.console.readings import Line, Open
from bot.errors import BotError
from bot.suggested_replies import SuggestedReplies

log = logging.getLogger(__name__)


class Suggesting:
    """`show(texts)` puts them on the page."""

    def __init__(self, replies: SuggestedReplies, *, show: Callable[[Sequence[str]], None]) -> None:
        self._replies, self._show = replies, show
        self._for: tuple[str, int] | None = None  # conversation and the message that waits

    def look(self, now: Open, lines: Sequence[Line], *, agent_id: str) -> None:
        """Begin to look when a message of the customer waits for this agent, else take the old ones away."""
        said = [line for line in lines if line.author in ("customer", "agent") and not line.internal]
        waits = now.assignee_id == agent_id and bool(said) and said[-1].author == "customer" and said[-1].intent
        wanted = (now.id, said[-1].seq) if waits else None
        if wanted == self._for:
            return
        self._for = wanted
        self._show([])
        if wanted is not None:
            background_tasks.create(self._find(wanted, ui.context.client), name="suggested replies")

    def forget(self) -> None:
        """The page shows another conversation, or the same anew."""
        self._for = None

    async def _find(self, wanted: tuple[str, int], client: Client) -> None:
        try:
            found = await self._replies.find(wanted[0])
        except BotError as error:
            log.warning("no suggested replies: %s", error.message)
            return
        if wanted == self._for and not client.is_deleted:
            with client:
                self._show([reply.text for reply in found])
