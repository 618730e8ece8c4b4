"""Buttons that are typed instead of pressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import conversations
from bot.turn.choosing import chosen
from bot.turn.rasa import Decision

BUTTONS = [
    {"title": "Fisherman's Rib Jumper", "payload": '/inform_product{"product": "C-1"}'},
    {"title": "Wool Socks, Pair", "payload": '/inform_product{"product": "C-2"}'},
    {"title": "Something else", "payload": "/deny"},
]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1", 0),
        ("2.", 1),
        ("the second one, please", 1),
        ("option 3", 2),
        ("the last one", 2),
        ("wool socks, pair", 1),
        ("Something  else", 2),
    ],
)
def test_a_number_or_a_title_names_a_button(text, place):
    assert chosen(text, BUTTONS) is BUTTONS[place]


@pytest.mark.parametrize("text", ["4", "the first time I ordered", "2 mugs", "no", "one of them is broken", ""])
def test_other_words_name_none(text):
    assert chosen(text, BUTTONS) is None


@given(st.text(max_size=80), st.integers(0, 3))
def test_any_text_names_one_of_the_buttons_or_none(text, count):
    assert chosen(text, BUTTONS[:count]) in (None, *BUTTONS[:count])


async def test_rasa_hears_the_button_and_the_log_what_was_typed(world, monkeypatch):
    visitor = world.write(conversations.open_visitor)
    conversation_id = world.write(conversations.open_conversation, visitor.id, "web").id

    async def decide(**asked):
        world.rasa.asked.append(asked)
        return Decision([{"type": "text", "text": "Which item?", "buttons": BUTTONS, "asks": True}], active_loop="f")

    monkeypatch.setattr(world.rasa, "decide", decide)
    for number, text in enumerate(("it is broken", "the second one")):
        _, task = await world.engine.accept(conversation_id, str(number), {"type": "text", "text": text})
        await task
    assert world.rasa.asked[0]["parse"]["intent"]["name"] != "inform_product"
    heard = world.rasa.asked[1]["parse"]
    assert heard["intent"]["name"] == "inform_product"
    assert [entity["value"] for entity in heard["entities"]] == ["C-2"]
    assert "the second one" in [message.body.get("text") for message in world.messages(conversation_id)]
