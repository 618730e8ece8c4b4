"""The review page: one message after the other, or a group of similar ones, and what each should have been.

The list is fixed when the page opens, so that a decision moves nothing under the reader's eyes. Every key has a button.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import events, ui
from sqlalchemy.orm import Session

from bot import review
from bot.console import choices, learning, words
from bot.console.frame import Visit
from bot.errors import BotError
from bot.models import training
from bot.review import Candidate, Group, Label, examples
from bot.tables import Message
from nlu.data import OUT_OF_SCOPE

SUGGESTED = 5
STEPS = {"ArrowLeft": -1, "ArrowUp": -1, "ArrowRight": 1, "ArrowDown": 1}


@dataclass(frozen=True)
class Decided:
    """What this visit decided about a group; None as label: ignored."""

    batch: str
    label: str | None
    messages: int


@dataclass(frozen=True)
class Loaded:
    """What the page works with, read when it opens."""

    groups: list[Group]
    labels: list[Label]
    learned: dict[int, str]  # the text that each message would be learned as
    confirmed: int
    unseen: int  # confirmed, but not by the last training


class Review:
    """State of one page: where the reader is, and what was decided."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._console = visit, visit.console
        self._loaded = Loaded([], [], {}, 0, 0)
        self._at = 0
        self._decided: dict[int, Decided] = {}
        self._left_out: set[int] = set()

    def show(self) -> None:
        """Draw the page; the list comes once the models have read the messages."""
        with ui.element("div").classes("desk review"):
            with ui.element("nav").classes("pane left").props('aria-label="Messages to review"'):
                with ui.element("div").classes("progress"):
                    self._count = ui.label("To review").classes("strong").props('role="status"')
                    with ui.element("div").classes("meter"):
                        self._bar = ui.element("i").style("width: 0")
                self._list = ui.element("div").classes("items")
            with ui.element("div").classes("pane middle"):
                self._card = ui.element("div").classes("card")
            self._side = ui.element("aside").classes("pane right").props('aria-label="Learning"')
        with self._card:
            _placeholder("Reading the messages…", "Similar ones are put together.")
        ui.keyboard(on_key=self._pressed, ignore=["input", "select", "textarea"])
        ui.timer(0.05, self._load, once=True)

    # --- reading ---

    async def _load(self) -> None:
        try:
            candidates = await asyncio.to_thread(self._gather)
            texts = [candidate.text for candidate in candidates]
            vectors = await self._console.understanding.embed(texts) if texts else None
        except BotError as error:
            self._card.clear()
            with self._card:
                _placeholder("The list cannot be made just now", error.message)
            return
        groups = [] if vectors is None else review.grouped(candidates, vectors)
        self._loaded = await asyncio.to_thread(self._complete, groups)
        self._draw_all()

    def _gather(self) -> list[Candidate]:
        with self._console.database.reading() as session:
            return review.gather(session)

    def _complete(self, groups: list[Group]) -> Loaded:
        settings, shop = self._console.settings, self._console.shop
        ids = [member.message_id for group in groups for member in group.members]
        with self._console.database.reading() as session:
            confirmed = review.learned(session, shop)
            learned = examples.as_learned(session, shop, Message.id.in_(ids))
        unseen = examples.count_new(confirmed, examples.learned_file(settings))
        labels = review.labels(training.intents_file(settings))
        return Loaded(groups, labels, learned, len(confirmed), unseen)

    # --- drawing ---

    def _draw_all(self) -> None:
        self._draw_list()
        self._draw_card()
        self._draw_side()

    def _draw_list(self) -> None:
        total, done = len(self._loaded.groups), len(self._decided)
        self._count.set_text(f"{done} of {total} decided" if total else "To review")
        self._bar.style(f"width: {100 * done / total if total else 0:.0f}%")
        self._list.clear()
        with self._list:
            for place, group in enumerate(self._loaded.groups):
                self._draw_row(place, group)
        ui.run_javascript("document.querySelector('.review .item.selected')?.scrollIntoView({block: 'nearest'})")

    def _draw_row(self, place: int, group: Group) -> None:
        decided = self._decided.get(place)
        with ui.element("button").classes("item").props('type="button"') as row:
            row.classes("selected" if place == self._at else "").classes("done" if decided else "")
            row.props(f'aria-current="{str(place == self._at).lower()}"')
            ui.label(group.first.text).classes("row-text ink")
            with ui.element("div").classes("chips"):
                if decided:
                    ui.label(f"✓ {_said(decided.label)}").classes("chip positive")
                else:
                    ui.label(words.WHY[group.first.reasons[0]]).classes("chip reason")
                if len(group.members) > 1:
                    ui.label(f"{len(group.members)} alike").classes("chip")
        row.on("click", lambda: self._go(place))

    def _draw_card(self) -> None:
        self._card.clear()
        with self._card:
            if not self._loaded.groups:
                _placeholder("Nothing to review", "Messages come here that the bot did not understand or handed over.")
            elif self._at >= len(self._loaded.groups):
                _placeholder("That was the last one", "Open this page again to see what has come in since.")
            else:
                self._draw_group(self._loaded.groups[self._at])

    def _draw_group(self, group: Group) -> None:
        first = group.first
        with ui.element("div").classes("card-head"):
            for reason in first.reasons:
                ui.label(words.WHY[reason]).classes("chip reason")
            ui.label(words.clock(first.at, self._console.settings.time_zone)).classes("quiet")
            ui.link("Open the conversation", f"/?conversation={first.conversation_id}").classes("quiet to-desk")
        quote = ui.label(first.text).classes("quote").props('role="heading" aria-level="1" tabindex="-1"')
        learned = self._loaded.learned.get(first.message_id, first.text)
        if learned != first.text:
            ui.label(f"Learned without what is personal: “{learned}”").classes("quiet")
        if len(group.members) > 1:
            self._draw_alike(group)
        decided = self._decided.get(self._at)
        if decided:
            ui.label(f"Decided: {_said(decided.label)}").classes("decided").props('role="status"')
        self._draw_choices(first)
        self._draw_buttons(decided)
        ui.run_javascript(f"getHtmlElement({quote.id})?.focus({{preventScroll: true}})")

    def _draw_alike(self, group: Group) -> None:
        with ui.element("div").classes("alike"):
            ui.label(f"One decision for {len(group.members)} similar messages").classes("fact-title")
            for member in group.members[1:]:
                chosen = member.message_id not in self._left_out
                box = ui.checkbox(self._loaded.learned.get(member.message_id, member.text), value=chosen)
                box.props("dense").on_value_change(lambda event, id=member.message_id: self._tick(id, event.value))

    def _tick(self, message_id: int, chosen: bool | None) -> None:
        (self._left_out.discard if chosen else self._left_out.add)(message_id)

    def _draw_choices(self, first: Candidate) -> None:
        title = "What it should have been" if first.ranking else "What is it about?"
        ui.label(title).classes("fact-title")
        with ui.element("div").classes("choices"):
            for number, name in enumerate(self._suggested(first), 1):
                corrected = first.proposed_by if name == first.proposed else None
                choices.row(
                    name,
                    example=self._example(name),
                    key=str(number),
                    score=dict(first.ranking).get(name, 0.0),
                    extra=f"says {corrected}" if corrected else "",
                ).on("click", lambda name=name: self._decide(name))
        self._search = choices.Search(self._loaded.labels, choose=self._decide, hint="Search another intent ( / )")

    def _suggested(self, first: Candidate) -> list[str]:
        known = {label.name for label in self._loaded.labels} - {OUT_OF_SCOPE}
        ranked = [name for name, _ in first.ranking if name in known and name != first.proposed]
        return [*([first.proposed] if first.proposed else []), *ranked][:SUGGESTED]

    def _example(self, name: str) -> str:
        return next((label.example for label in self._loaded.labels if label.name == name), "")

    def _draw_buttons(self, decided: Decided | None) -> None:
        with ui.element("div").classes("card-buttons"):
            _button("Out of scope", "o", lambda: self._decide(OUT_OF_SCOPE))
            _button("Ignore", "i", lambda: self._decide(None))
            _button("Undo", "u", self._undo).set_enabled(bool(self._decided))
            _button("Previous", "←", lambda: self._go(self._at - 1))
            _button("Skip" if decided is None else "Next", "→", lambda: self._go(self._at + 1))

    def _draw_side(self) -> None:
        new = sum(one.messages for one in self._decided.values() if one.label is not None)
        self._side.clear()
        with self._side:
            learning.draw(unseen=self._loaded.unseen + new, confirmed=self._loaded.confirmed + new)

    # --- deciding ---

    async def _decide(self, label: str | None) -> None:
        if not self._is_open:
            return
        if self._at in self._decided and not await self._take_back(self._at):
            return
        members = [one for one in self._loaded.groups[self._at].members if one.message_id not in self._left_out]
        agent_id = self._visit.agent.id

        def decide(session: Session) -> str:
            if label is None:
                return review.ignore(session, members, agent_id=agent_id)
            return review.confirm(session, members, label=label, agent_id=agent_id)

        told = {"label": label, "messages": len(members)}
        batch = await self._visit.write(decide, deed="ignored" if label is None else "confirmed", **told)
        if batch is not None:
            self._decided[self._at] = Decided(batch, label, len(members))
            self._go(self._next_open())

    async def _undo(self) -> None:
        if self._decided:
            last = list(self._decided)[-1]
            if await self._take_back(last):
                self._go(last)

    async def _take_back(self, place: int) -> bool:
        batch = self._decided[place].batch
        done = await self._visit.write(lambda session: review.undo(session, batch), deed="took a decision back")
        if done is not None:
            del self._decided[place]
        return done is not None

    # --- moving ---

    @property
    def _is_open(self) -> bool:
        return self._at < len(self._loaded.groups)

    def _next_open(self) -> int:
        after = range(self._at + 1, len(self._loaded.groups))
        return next((place for place in after if place not in self._decided), len(self._loaded.groups))

    def _go(self, place: int) -> None:
        self._at = min(max(0, place), len(self._loaded.groups))
        self._left_out = set()
        self._draw_all()

    async def _pressed(self, event: events.KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.meta or not self._loaded.groups:
            return
        key = str(event.key)
        if key in STEPS:
            self._go(self._at + STEPS[key])
        elif key == "u":
            await self._undo()
        elif self._is_open and key == "/":
            self._search.field.run_method("focus")
        elif self._is_open and key in ("i", "o"):
            await self._decide(None if key == "i" else OUT_OF_SCOPE)
        elif self._is_open and key in "12345":
            for name in self._suggested(self._loaded.groups[self._at].first)[int(key) - 1 : int(key)]:
                await self._decide(name)


def _said(label: str | None) -> str:
    return "Ignored" if label is None else words.plain(label)


def _button(title: str, key: str, action: Callable[[], Any]) -> ui.button:
    with ui.button(on_click=action).props("outline no-caps dense color=primary").classes("action") as button:
        ui.label(title)
        ui.label(key).classes("key").props('aria-hidden="true"')
    return button


def _placeholder(title: str, text: str) -> None:
    with ui.element("div").classes("placeholder"):
        ui.label(title).classes("placeholder-title")
        ui.label(text)
