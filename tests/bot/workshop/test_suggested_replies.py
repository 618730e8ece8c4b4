"""What an agent is offered: fitting, filled for this customer, and nothing of anybody else's."""

import pytest

from bot import conversations
from bot.answers import Answers, index_folder
from bot.canned_answers import CannedAnswers
from bot.suggested_replies import SuggestedReplies
from tests.bot.workshop.conftest import Shop


@pytest.fixture
def replies(counter, tmp_path):
    """Search has its weights from the index of the answers, as in a shop that has been set up."""
    counter.searcher.index.save(index_folder(counter.settings))
    return offering(counter, counter.answers)


def offering(counter, answers):
    return SuggestedReplies(
        settings=counter.settings,
        database=counter.database,
        shop=Shop(),
        answers=answers,
        embed=counter.workshop.embed,
    )


async def waiting(counter, text, *, customer_id=None):
    """A conversation that Anna owns and whose customer has just written `text`."""
    id = await counter.ask("hello", customer_id=customer_id)
    with counter.database.writing() as session:
        conversations.take(session, id, "anna")
    return await counter.ask(text, id=id, seq=2)


async def test_what_an_agent_said_to_a_like_question_is_offered_with_this_customers_details(counter, replies):
    said = "Hi Maya, we hire sofas and chairs for HP-1001, write to us."
    await counter.ask_and_be_helped("do you rent out sofas", said, customer_id="C-1")
    id = await waiting(counter, "can I hire a sofa", customer_id="C-2")
    (reply,) = await replies.find(id)
    assert (reply.text, reply.source) == ("Hi Ben, we hire sofas and chairs for HP-2002, write to us.", "agent")


@pytest.mark.parametrize(
    "said",
    [
        "Peter Thornton told me that we rent sofas",
        "We do, ask for Mr Miller in the shop",
        "We rent them, the last one went to peter@example.org",
        "We rent them, call me on 07911 123456",
        "Yes, yours is refunded with £71.35 today",
        "We rent sofas, {so_to_say} of course",
    ],
)
async def test_a_reply_with_anything_that_may_be_somebody_elses_is_never_offered(counter, replies, said):
    await counter.ask_and_be_helped("do you rent out sofas", said, customer_id="C-1")
    for customer_id in ("C-2", None):
        assert await replies.find(await waiting(counter, "can I hire a sofa", customer_id=customer_id)) == []


async def test_a_reply_that_cannot_be_filled_for_this_customer_is_not_offered(counter, replies):
    await counter.ask_and_be_helped("do you rent sofas", "Yes, we rent them with HP-1001.", customer_id="C-1")
    assert await replies.find(await waiting(counter, "can I hire a sofa")) == []


async def test_answers_of_the_shop_are_offered_filled_and_at_most_three(counter, replies):
    for number in ("one", "two", "six", "ten"):
        await counter.ask_and_be_helped("do you gift wrap it", f"We wrap gifts in {number} days", customer_id="C-1")
    found = await replies.find(await waiting(counter, "please gift wrap it"))
    assert len(found) == 3 and found[0].text == "We wrap gifts." and found[0].source == "answer"


@pytest.mark.parametrize(("when", "offered"), [("{channel: rest}", 0), ("{order_state: shipped}", 1)])
async def test_an_answer_is_offered_only_for_whom_it_is_meant(counter, replies, when, offered):
    topic = counter.settings.data_dir / "answers" / "topic.yml"
    topic.write_text(topic.read_text().replace("[We wrap gifts.]", f"[We wrap gifts.]\n  when: {when}"))
    answers = Answers(counter.settings, counter.database)
    id = await waiting(counter, "please gift wrap it", customer_id="C-2")
    assert len(await offering(counter, answers).find(id)) == offered
    canned = CannedAnswers(database=counter.database, shop=Shop(), answers=answers)
    assert (canned.draft(id) is not None) == bool(offered)
    assert len(canned.find(id, "gifts")) == offered


async def test_nothing_is_offered_when_nothing_fits_or_nobody_waits(counter, replies):
    id = await waiting(counter, "please gift wrap it")
    assert await replies.find(id)
    with counter.database.writing() as session:
        conversations.say(session, id, "anna", "We do.")
    assert await replies.find(id) == []
    assert await replies.find(await waiting(counter, "paint the moon, please")) == []
