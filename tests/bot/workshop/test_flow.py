"""The learning loop as a whole: asked three times, answered once by a person, published, and known from then on."""

import asyncio
import time

from bot import published
from bot.models.following import Following
from bot.turn.catalogue import Catalogue
from tests.bot.workshop.conftest import Shop

AT_MOST_S = 10.0  # on a machine that has other work; a second is promised


async def until_said(counter, text: str, template_id: str) -> float:
    """Seconds until a new customer who asks `text` gets this template."""
    began = time.monotonic()
    while counter.last(await counter.ask(text))["template_id"] != template_id:
        assert time.monotonic() - began < AT_MOST_S
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_what_three_asked_and_one_agent_answered_the_fourth_is_told_and_taken_back_nobody(counter):
    said = "Hello Maya! Yes, chairs and sofas by the day, call 020 7946 0123."
    await counter.ask_and_be_helped("Do you rent out sofas for an event?", said, customer_id="C-1")
    await counter.ask("can I hire furniture for a wedding")
    await counter.ask("renting chairs for my event?")
    (group,) = await counter.workshop.groups()
    assert (group.asked, group.handed_over, group.example.nearest) == (3, 1, "gift_wrap")

    async with Following(counter.models, counter.settings, counter.answers, Catalogue(Shop())):
        draft = counter.workshop.check(counter.workshop.begin(group), group)
        assert not (await counter.workshop.rehearse(draft, group)).wrong
        with counter.database.writing() as session:
            published.publish(session, draft, by="anna", origin=group.id)
        seconds = await until_said(counter, "is it possible to hire sofas for our wedding", draft.template.id)
        (usage,) = counter.workshop.usage()
        assert (usage.answer.template_id, usage.said) == (draft.template.id, 1)
        with counter.database.writing() as session:
            published.withdraw(session, draft.template.id, by="anna")
        gone = await until_said(counter, "may I hire sofas for our wedding", "no_answer")
    print(f"found after {seconds:.2f} s, gone after {gone:.2f} s")
