"""From questions that nobody had foreseen to an answer that everybody gets, and back."""

import pytest

from bot import conversations, published
from bot.conversations import erasing
from bot.workshop import groups
from bot.workshop.drafting import FieldRefused, Fields
from bot.workshop.questions import read

SAID = "Hi Maya, yes: sofas and chairs, from 2 days on. Call 020 7946 0123 with HP-20002 at hand."


@pytest.fixture
async def rental(counter):
    """Three customers want to rent furniture, one wants a lamp repaired; two others are answered well."""
    await counter.ask_and_be_helped("Do you rent out sofas for an event?", SAID, customer_id="C-1")
    await counter.ask("can I hire furniture for a wedding")
    await counter.ask("renting chairs for my event?")
    await counter.ask("the bulb of my lamp is broken")
    await counter.ask("do you gift wrap a chair")
    await counter.ask("how many days may I return it")
    return next(group for group in await counter.workshop.groups() if group.asked == 3)


async def test_questions_in_other_words_are_one_group_with_name_example_and_what_the_agent_said(counter, rental):
    assert set(rental.name.lower().split()) & {"rent", "event", "chairs", "sofas", "hire", "wedding", "furniture"}
    assert rental.example in rental.questions and rental.state == "open"
    assert (rental.asked, rental.handed_over, rental.count("unanswered")) == (3, 1, 3)
    assert [question.said for question in rental.questions if question.said] == [("One moment.", SAID)]
    hit = await counter.workshop.nearest(rental.example.text)
    assert hit is not None and not hit.fits
    assert len(await counter.workshop.groups()) == 2


async def test_a_group_keeps_its_id_and_takes_in_new_questions(counter, rental):
    await counter.ask("hire a sofa for the wedding, please")
    (again,) = [group for group in await counter.workshop.groups() if group.id == rental.id]
    assert again.asked == 4 and again.weeks(again.questions[0].at) == (4, 0)


async def test_the_form_holds_nothing_that_belongs_to_one_customer(counter, rental):
    fields = counter.workshop.begin(rental)
    assert len(fields.questions) == 3
    assert fields.wording == "Yes: sofas and chairs, from 2 days on. Call {support_phone} with your order at hand."
    assert counter.workshop.suspects(fields, counter.workshop.words()) == ["2"]
    assert counter.workshop.slots()["return_days"] == "30 days"


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        (Fields((), "Yes."), "questions", "at least one question"),
        (Fields(("Do you rent sofas?",), " "), "wording", "Write the answer"),
        (Fields(("a b", "c d"), "Call {mobile}."), "wording", "{mobile} is no fact of the shop"),
        (Fields(("a b",), "Call {now"), "wording", "brace"),
        (Fields(("Can you wrap a gift?",), "Yes."), "questions", "also a question of 'gift_wrap'"),
        (Fields(("a b", "a b"), "Yes."), "questions", "twice"),
    ],
)
async def test_a_mistake_is_told_at_its_field(counter, rental, fields, field, said):
    with pytest.raises(FieldRefused, match=said.replace("{", r"\{")) as refused:
        counter.workshop.check(fields, rental)
    assert refused.value.field == field


async def test_a_dry_run_says_what_it_would_answer_and_what_it_would_wrongly_catch(counter, rental):
    good = counter.workshop.check(counter.workshop.begin(rental), rental)
    would = await counter.workshop.rehearse(good, rental)
    assert would.looked_at == 6
    assert len(would.answered) == 3 and not would.missed and not would.wrong and not would.also
    greedy = Fields(("Do you rent out sofas?", "Can you gift wrap chairs?", "Is the lamp and its bulb broken?"), "Yes.")
    would = await counter.workshop.rehearse(counter.workshop.check(greedy, rental), rental)
    assert [(caught.text, caught.instead) for caught in would.wrong] == [("do you gift wrap a chair", "gift_wrap")]
    assert not would.wrong[0].helped
    assert would.also == ("the bulb of my lamp is broken",)
    assert {one.text for one in would.missed} | set(would.answered) == {one.text for one in rental.questions}


async def test_what_helped_a_customer_stands_first_among_what_a_draft_would_wrongly_catch(counter, rental):
    asked = ("can you gift wrap chairs", "gift wrap for a chair please", "do you gift wrap a sofa")
    ids = [await counter.ask(text) for text in asked]
    with counter.database.writing() as session:
        conversations.rate_answer(session, ids[1], 2, True)
    greedy = Fields(("Do you rent out sofas?", "Can you gift wrap my chairs?"), "Yes.")
    would = await counter.workshop.rehearse(counter.workshop.check(greedy, rental), rental)
    marks = [(caught.text, caught.helped) for caught in would.wrong]
    assert marks == [(asked[1], True), (asked[2], False), (asked[0], False), ("do you gift wrap a chair", False)]


async def test_published_it_is_listed_and_counted_and_taken_back_it_is_open_again(counter, rental):
    draft = counter.workshop.check(counter.workshop.begin(rental), rental)
    with counter.database.writing() as session:
        published.publish(session, draft, by="anna", origin=rental.id)
    (group,) = [group for group in await counter.workshop.groups() if group.id == rental.id]
    assert (group.state, group.template_id, group.still_asked) == ("published", draft.template.id, 0)
    with counter.database.writing() as session:
        published.withdraw(session, draft.template.id, by="anna")
    (group,) = [group for group in await counter.workshop.groups() if group.id == rental.id]
    assert group.state == "open"


async def test_what_needs_no_answer_is_dismissed_and_can_come_back(counter, rental):
    for do, state in ((groups.dismiss, "dismissed"), (groups.reopen, "open")):
        with counter.database.writing() as session:
            do(session, rental.id, **({"by": "anna"} if do is groups.dismiss else {}))
        assert [group.state for group in await counter.workshop.groups() if group.id == rental.id] == [state]


async def test_a_thumb_down_makes_a_good_answer_a_question(counter):
    id = await counter.ask("do you gift wrap")
    assert await counter.workshop.groups() == []
    with counter.database.writing() as session:
        conversations.rate_answer(session, id, 2, False)
    (group,) = await counter.workshop.groups()
    assert (group.example.why, group.example.nearest) == (("not_helpful",), "gift_wrap")


async def test_what_is_said_after_asking_for_a_person_is_the_question(counter, database):
    id = await counter.ask("hello")
    with database.writing() as session:
        conversations.hand_off(session, id, "asked", "s")
    await counter.ask("can you paint my sofa", id=id, seq=2)
    with database.reading() as session:
        (question,) = read(session)
    assert (question.text, question.why) == ("can you paint my sofa", ("handed_over",))


async def test_an_erased_customer_is_in_no_group(counter, rental):
    with counter.database.writing() as session:
        erasing.blank(session, [question.conversation_id for question in rental.questions])
    assert rental.id not in {group.id for group in await counter.workshop.groups()}
