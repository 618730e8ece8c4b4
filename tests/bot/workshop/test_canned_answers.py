"""Answers that an agent looks up, and what the bot would say: filled for this customer, or not offered."""

import pytest

from bot import conversations
from bot.answers import Answers
from bot.canned_answers import CannedAnswers
from tests.bot.workshop.conftest import Shop

MORE = """\
- id: where_it_is
  questions: [Where is my parcel]
  wordings: ["Dear {customer_name}, we look for {order_number}."]
  slots: {customer_name: {type: text}, order_number: {type: text}}
- id: on_its_way
  questions: [Is my parcel on its way]
  wordings: ["It is on its way with the carrier."]
  when: {order_state: [shipped]}
"""
DESK = """\
- id: we_are_looking
  searchable: false
  wordings: ["{customer_name}, {order_number} is with the carrier."]
  slots: {customer_name: text, order_number: text}
"""


@pytest.fixture
def canned(counter):
    folder = counter.settings.data_dir / "answers"
    (folder / "more.yml").write_text(MORE)
    (folder / "desk.yml").write_text(DESK)
    answers = Answers(counter.settings, counter.database)
    return CannedAnswers(database=counter.database, shop=Shop(), answers=answers)


async def test_an_answer_is_found_by_its_name_a_question_or_its_text_and_filled(counter, canned):
    id = await counter.ask("hello", customer_id="C-2")
    assert [(one.template_id, one.text) for one in canned.find(id, "where it")] == [
        ("where_it_is", "Dear Ben, we look for HP-2002.")
    ]
    assert [one.template_id for one in canned.find(id, "Gifts")] == ["gift_wrap"]
    assert [one.text for one in canned.find(id, "we are")] == ["Ben, HP-2002 is with the carrier."]
    assert [one.template_id for one in canned.find(id, "parcel")] == ["on_its_way", "where_it_is"]
    assert canned.find(id, "submarine") == [] and "no_answer" not in str(canned.find(id, ""))


async def test_what_is_not_for_this_customer_or_cannot_be_filled_is_not_offered(counter, canned):
    id = await counter.ask("hello")
    assert [one.template_id for one in canned.find(id, "")] == ["gift_wrap", "returns"]


async def test_the_bots_own_answer_to_the_newest_message_is_a_draft_and_is_never_sent(counter, canned):
    id = await counter.ask("please gift wrap it")
    with counter.database.writing() as session:
        conversations.take(session, id, "anna")
        before = len(conversations.messages(session, id))
    assert canned.draft(id).text == "We wrap gifts."
    with counter.database.reading() as session:
        assert len(conversations.messages(session, id)) == before
    assert canned.draft(await counter.ask("paint the moon, please")) is None
