"""The engine: accepts messages, and works off what conversations owe their customers, one turn after the other.

Two short transactions a turn: one accepts, takes the lease and counts the attempt; the other writes parse, reply and
events and looks for the next message. In between, models and Rasa are asked with no transaction open.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot import conversations
from bot.conversations import Accepted, Understood, Work
from bot.database import Database
from bot.errors import Unavailable
from bot.models.port import Before, Understanding
from bot.push import Push
from bot.tables import Message
from bot.turn import answers, choosing, farewell, history, payload, second, unhelpful, welcome
from bot.turn.answers import Part
from bot.turn.catalogue import Catalogue
from bot.turn.meters import Meters
from bot.turn.rasa import Rasa
from bot.turn.suggestion import Happened, Suggestions, may_react
from retrieval.context import leans_on_the_turn_before

log = logging.getLogger(__name__)

ATTEMPTS = 3
PERSON = "contact_human_agent"
YES = "affirm"


@dataclass(frozen=True)
class Answer:
    """What a turn has come to, before it is written."""

    understood: Understood | None
    parts: list[Part]
    happened: Happened = ()


@dataclass(frozen=True)
class Engine:
    database: Database
    understanding: Understanding
    rasa: Rasa
    push: Push
    catalogue: Catalogue
    suggestions: Suggestions
    meters: Meters
    lease_s: float
    timeout_s: float  # of the models
    message_limit: int
    tasks: set[asyncio.Task[list[Message]]] = field(default_factory=set)

    async def accept(
        self, conversation_id: str, client_msg_id: str, body: dict[str, Any]
    ) -> tuple[Accepted, asyncio.Task[list[Message]] | None]:
        """Store a message and begin its turn; the task (None: another works on it) gives the replies."""
        accepted, token, work = await asyncio.to_thread(self._accept, conversation_id, client_msg_id, body)
        if not accepted.duplicate:
            await self.push.publish(conversation_id, accepted.seq)
        return accepted, self._begin(token, work)

    async def resume(self, conversation_id: str) -> bool:
        """Work off what a conversation owes, if nobody does; for the sweeper."""
        token, work = await asyncio.to_thread(self._resume, conversation_id)
        return self._begin(token, work) is not None

    async def drain(self) -> None:
        """Wait for the turns under way; what does not finish is left to the next sweeper."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=self.timeout_s)

    def _accept(
        self, conversation_id: str, client_msg_id: str, body: dict[str, Any]
    ) -> tuple[Accepted, str | None, Work | None]:
        with self.database.writing() as session:
            token = conversations.acquire(session, conversation_id, self.lease_s)
            accepted = conversations.accept(session, conversation_id, client_msg_id, body)
            if token is None:
                self.meters.busy.inc()
                return accepted, None, None
            return accepted, token, conversations.next_work(session, conversation_id, token)

    def _resume(self, conversation_id: str) -> tuple[str | None, Work | None]:
        with self.database.writing() as session:
            token = conversations.acquire(session, conversation_id, self.lease_s)
            return token, conversations.next_work(session, conversation_id, token) if token else None

    def _begin(self, token: str | None, work: Work | None) -> asyncio.Task[list[Message]] | None:
        if token is None or work is None:
            return None
        task = asyncio.create_task(self._work_off(token, work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _work_off(self, token: str, first: Work) -> list[Message]:
        """All that the conversation owes, in order; returns what was said. Errors leave the rest to the sweeper."""
        said: list[Message] = []
        work: Work | None = first
        try:
            async with self._renewing(first.conversation_id, token):
                while work is not None:
                    written, work = await self._turn(token, work)
                    said += written
        except Exception:
            log.exception("turn failed: conversation %s", first.conversation_id)
            self.meters.turns.labels("failed").inc()
            await asyncio.to_thread(self._let_go, first.conversation_id, token)
        return said

    async def _turn(self, token: str, work: Work) -> tuple[list[Message], Work | None]:
        if not work.wants_reply:
            understood = await self._try_to_understand(work)
            return [], await asyncio.to_thread(self._record, token, work, understood)
        await self.push.publish(work.conversation_id, typing="bot")
        answer = await self._answer(work)
        written, following = await asyncio.to_thread(self._reply, token, work, answer)
        self.meters.turns.labels("dropped" if written is None else "answered").inc()
        self.meters.latency.observe((datetime.now(UTC) - work.accepted_at).total_seconds())
        await self.push.publish(work.conversation_id, written[-1].seq if written else work.seq)
        return written or [], following

    async def _answer(self, work: Work) -> Answer:
        if work.attempts > ATTEMPTS:
            return Answer(None, answers.give_up(work.text))
        if work.body["type"] != "text":
            return Answer(None, answers.file_received())
        if work.body.get("truncated"):
            return Answer(None, answers.too_long(self.message_limit))
        understood = await self._try_to_understand(work)
        if understood is None:
            return Answer(None, answers.apology())
        if may_react(work, understood.parse):
            reaction = await asyncio.to_thread(self.suggestions.reaction, work, understood.parse)
            if reaction is not None:
                return Answer(understood, *reaction)
        if unhelpful.says_so(work.text) and await asyncio.to_thread(self._did_not_help, work):
            return Answer(understood, answers.did_not_help())
        return Answer(understood, await self._decide(work, await self._meant(work, understood.parse)))

    def _did_not_help(self, work: Work) -> bool:
        """Count it against the answer just read; False when there is none."""
        with self.database.writing() as session:
            seq = conversations.last_answer(session, work.conversation_id, work.seq)
            if seq is not None:
                conversations.rate_answer(session, work.conversation_id, seq, False)
            return seq is not None

    async def _meant(self, work: Work, parse: Mapping[str, Any]) -> Mapping[str, Any]:
        """A typed choice is the button it names; a typed "yes" to the offer of a second request is that request."""
        if work.payload:
            return parse
        if choosing.may_choose(work.text) and (named := await asyncio.to_thread(choosing.pressed, self.database, work)):
            return named
        agreed = second.agreed if parse["intent"]["name"] == YES else None
        return (await asyncio.to_thread(agreed, self.database, work) if agreed else None) or parse

    async def _decide(self, work: Work, parse: Mapping[str, Any]) -> list[Part]:
        then = await asyncio.to_thread(second.second_of, self.database, work, parse) if second.has_two(parse) else None
        try:
            decision = await self.rasa.decide(
                sender=work.sender,
                message_id=f"{work.conversation_id}:{work.seq}",
                text=work.text,
                parse=parse,
                then=then,
                metadata={"conversation_id": work.conversation_id},
            )
        except Unavailable as error:
            log.warning("no decision: conversation %s, seq %d: %s", work.conversation_id, work.seq, error.message)
            if parse["intent"]["name"] == PERSON:
                return [answers.handoff("asked", f"The customer asked for a person: “{work.text}”")]
            return answers.apology()
        asked = then is not None
        parts = await asyncio.to_thread(second.with_second, self.database, work, parse, decision, asked=asked)
        if not asked and welcome.friendly(parse, parts, decision.active_loop):
            parts = parts + await self.suggestions.after(work, parse, parts)
        if not asked and farewell.says_so(parse, parts, decision.active_loop):
            return farewell.asking(parts) if await asyncio.to_thread(farewell.due, self.database, work) else parts
        return parts

    async def _try_to_understand(self, work: Work) -> Understood | None:
        """The parse; None when the models do not answer."""
        pressed = payload.read(work.payload) if work.payload else None
        if pressed is not None:
            parse: Mapping[str, Any] = payload.parse(work.text, *pressed)
        elif work.body["type"] != "text":
            return None
        else:
            try:
                parse = await asyncio.wait_for(self._parsed(work), self.timeout_s)
            except (Unavailable, TimeoutError) as error:
                log.warning("not understood: conversation %s, seq %d: %r", work.conversation_id, work.seq, error)
                return None
        products = await asyncio.to_thread(self.catalogue.named, parse) if parse["entities"] else []
        return Understood(parse, products)

    async def _parsed(self, work: Work) -> Mapping[str, Any]:
        before = await asyncio.to_thread(self._before, work) if leans_on_the_turn_before(work.text) else None
        if before is None:
            return await self.understanding.parse(work.text)
        return await self.understanding.parse(work.text, before=before)

    def _before(self, work: Work) -> Before | None:
        with self.database.reading() as session:
            return history.before(session, work)

    def _reply(self, token: str, work: Work, answer: Answer) -> tuple[list[Message] | None, Work | None]:
        with self.database.writing() as session:
            written = conversations.reply(
                session,
                work.conversation_id,
                token,
                work.seq,
                answer.parts,
                generation=work.generation,
                understood=answer.understood,
                happened=answer.happened,
            )
            return written, conversations.next_work(session, work.conversation_id, token)

    def _record(self, token: str, work: Work, understood: Understood | None) -> Work | None:
        with self.database.writing() as session:
            conversations.record(session, work.conversation_id, token, work.seq, understood)
            return conversations.next_work(session, work.conversation_id, token)

    def _let_go(self, conversation_id: str, token: str) -> None:
        with suppress(SQLAlchemyError), self.database.writing() as session:
            conversations.let_go(session, conversation_id, token)

    @asynccontextmanager
    async def _renewing(self, conversation_id: str, token: str) -> AsyncIterator[None]:
        """Keep the lease while the turns inside take long."""
        task = asyncio.create_task(self._renew(conversation_id, token))
        try:
            yield
        finally:
            task.cancel()

    async def _renew(self, conversation_id: str, token: str) -> None:
        ours = True
        while ours:
            await asyncio.sleep(self.lease_s / 3)
            ours = await asyncio.to_thread(self._renewed, conversation_id, token)

    def _renewed(self, conversation_id: str, token: str) -> bool:
        with self.database.writing() as session:
            return conversations.renew(session, conversation_id, token, self.lease_s)
