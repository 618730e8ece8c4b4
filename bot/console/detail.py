"""What the bot understood of one message and why; and where an agent says what it should have been."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from nicegui import ui
from sqlalchemy import select

from bot import hits, review
from bot.console import choices, sheets, words
from bot.console.frame import Visit
from bot.errors import NotFound
from bot.models import training
from bot.review.gathering import reviewable
from bot.tables import Message, Verdict
from nlu.errors import NluError
from nlu.explain import Explanation


@dataclass(frozen=True)
class Understood:
    """A customer's message, its stored parse, and what people said about it."""

    conversation_id: str
    seq: int
    text: str
    parse: dict[str, Any]
    typed: bool  # and not a button
    verdict: Verdict | None

    @property
    def intent(self) -> str:
        return str((self.parse.get("intent") or {}).get("name") or "")


async def show(visit: Visit, conversation_id: str, seq: int) -> None:
    """Open the sheet; the explanation, which takes a moment, comes after the rest."""
    try:
        understood = await asyncio.to_thread(_read, visit, conversation_id, seq)
    except NotFound as error:
        ui.notify(error.message, type="warning")
        return
    with sheets.sheet("What the bot understood", kind="detail") as dialog:
        quote = ui.element("div").classes("quote")
        with quote:
            ui.label(understood.text)
        _intents(understood)
        _facts(understood)
        nearest = ui.element("div").classes("nearest")
        if understood.typed:
            await _correction(visit, dialog, understood)
        with ui.element("div").classes("sheet-buttons"):
            ui.button("Close", on_click=dialog.close).props("outline no-caps dense color=primary").classes("action")
    dialog.on("hide", dialog.delete)
    dialog.open()
    if understood.typed:
        await _explain(visit, understood, quote, nearest)


def _read(visit: Visit, conversation_id: str, seq: int) -> Understood:
    with visit.console.database.reading() as session:
        wanted = select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)
        message = session.scalar(wanted)
        if message is None or message.parse is None:
            raise NotFound("This message has not been read by the bot.")
        verdict = review.corrected_to(session, conversation_id, seq)
    text = str(message.body.get("text") or "")
    return Understood(conversation_id, seq, text, message.parse, reviewable(message), verdict)


def _intents(understood: Understood) -> None:
    with ui.element("div").classes("ranking"):
        for entry in understood.parse.get("intent_ranking") or [understood.parse["intent"]]:
            with ui.element("div").classes("ranked"):
                decided = entry["name"] == understood.intent
                ui.label(words.intent(entry["name"])).classes("strong" if decided else "")
                choices.bar(float(entry["confidence"]))


def _facts(understood: Understood) -> None:
    parse = understood.parse
    sentiment = parse.get("sentiment") or {}
    mood = ", ".join(f"{name} {score:.0%}" for name, score in (sentiment.get("scores") or {}).items())
    things = [f"{words.plain(found['entity'])} {found['value']}" for found in parse.get("entities") or ()]
    hit = next(iter(hits.ranked(parse)), None)
    with ui.element("dl").classes("facts"):
        _fact("Sentiment", words.plain(sentiment.get("label")) + (f" ({mood})" if mood else ""))
        _fact("Found in it", ", ".join(things) or "Nothing named")
        answer = f"{words.plain(hit.template_id)} ({hit.score:.0%})" if hit else "None is near"
        _fact("Nearest answer", answer)
        _fact("Model", str(parse.get("model") or "unknown"))


def _fact(name: str, value: str) -> None:
    with ui.element("dt"):
        ui.label(name)
    with ui.element("dd"):
        ui.label(value)


async def _correction(visit: Visit, dialog: ui.dialog, understood: Understood) -> None:
    with ui.element("div").classes("correction"):
        ui.label("This should have been").classes("fact-title")
        if understood.verdict is not None:
            _corrected(visit, dialog, understood.verdict)
            return
        labels = await asyncio.to_thread(review.labels, training.intents_file(visit.console.settings))

        async def choose(name: str) -> None:
            to, seq = understood.conversation_id, understood.seq
            correct = partial(review.correct, conversation_id=to, seq=seq, label=name, agent_id=visit.agent.id)
            if await visit.write(correct, deed="corrected", conversation_id=to, seq=seq, label=name):
                ui.notify(f"Noted: {words.plain(name)}. It is in the review list.", type="positive", position="top")
                dialog.close()

        choices.Search(labels, choose=choose, hint="Search an intent")


def _corrected(visit: Visit, dialog: ui.dialog, verdict: Verdict) -> None:
    async def take_back() -> None:
        undo = partial(review.undo, batch=verdict.batch)
        if await visit.write(undo, deed="took a decision back"):
            dialog.close()

    confirmed = "confirmed in the review list" if verdict.kind == "confirmed" else "waits in the review list"
    with ui.element("div").classes("decided"):
        ui.label(f"{words.plain(verdict.label)}: {confirmed}")
        ui.button("Take back", on_click=take_back).props("flat no-caps dense color=primary")


async def _explain(visit: Visit, understood: Understood, quote: ui.element, nearest: ui.element) -> None:
    with nearest:
        waiting = ui.label("Looking at the words…").classes("quiet")
    try:
        explanation = await asyncio.to_thread(visit.console.explain, understood.text)
    except NluError as error:
        waiting.set_text(error.message)
        return
    if nearest.is_deleted:
        return
    nearest.clear()
    quote.clear()
    with quote:
        _marked(explanation)
    with nearest:
        _nearest(explanation, understood)


def _marked(explanation: Explanation) -> None:
    strongest = max((abs(weight) for _, weight in explanation.words), default=0.0) or 1.0
    for word, weight in explanation.words:
        share = abs(weight) / strongest
        colour = "good" if weight > 0 else "bad"
        mark = ui.label(word).classes("word")
        if share >= 0.1:
            mark.style(f"background: color-mix(in srgb, var(--{colour}) {8 + 40 * share:.0f}%, transparent)")
            mark.props(f'title="{"For" if weight > 0 else "Against"} it: {abs(weight):.0%} of the weight"')


def _nearest(explanation: Explanation, understood: Understood) -> None:
    said = words.plain(explanation.intent)
    ui.label(f"Green words speak for “{said}”, red ones against it.").classes("quiet")
    if explanation.intent != understood.intent and understood.intent not in words.INTENTS:
        ui.label(f"The model in use now would say “{said}”.").classes("quiet")
    if explanation.nearest:
        ui.label("Nearest training examples").classes("fact-title")
    for text, label, cosine in explanation.nearest:
        with ui.element("div").classes("ranked"):
            with ui.element("div").classes("choice-text"):
                ui.label(text)
                ui.label(words.plain(label)).classes("quiet")
            choices.bar(max(0.0, cosine))
