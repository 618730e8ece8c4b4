"""Whatever is said, in any order: there is an answer, and nothing is written to the shop without a yes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wishes import WISHES
from tests.dialogue.stack import Stack

WORDS = [
    ("no", "deny"),
    ("never mind", "nlu_fallback"),
    ("too small", "nlu_fallback"),
    ("what?", "nlu_fallback"),
    ("refund", "nlu_fallback"),
    ("HP-99999", "nlu_fallback"),
    ("3", "nlu_fallback"),
    ("5 New Road, Leeds LS1 4AB", "nlu_fallback"),
    ("hello", "greet"),
    ("who won?", "out_of_scope"),
]
WITHOUT_CONFIRMATION = {"open_complaint", "request_invoice", "add_review"}  # harmless, or asked for step by step
MESSAGES = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(sorted(WISHES)).map(lambda intent: (intent, intent)), st.none()),
    min_size=1,
    max_size=8,
)


def test_nothing_is_written_without_a_yes_and_every_message_is_answered(stack: Stack) -> None:
    @settings(max_examples=40, deadline=None)
    @given(messages=MESSAGES)
    def promise(messages: list[tuple[str, str] | None]) -> None:
        keep_promises(stack, messages)

    promise()


def keep_promises(stack: Stack, messages: list[tuple[str, str] | None]) -> None:
    who, _ = stack.customer(("paid", "P-1", "P-3"), ("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    for message in messages:
        choices = [b for part in talk.last for b in part.get("buttons", ()) if b["payload"] != "/affirm"]
        if message is None and not choices:
            continue
        parts = talk.say(*message) if message else talk.press(choices[0]["title"])
        assert all(part["type"] == "handoff" or part["text"] for part in parts)
        if talk.loop is not None:
            assert parts[-1]["asks"], "an open form has asked its question"
    written = {action for action, key in stack.shop.writes if key.startswith(talk.conversation_id)}
    assert written <= WITHOUT_CONFIRMATION
