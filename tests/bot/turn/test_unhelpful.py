"""The few words that count against the last answer."""

import pytest

from bot.turn import unhelpful


@pytest.mark.parametrize(
    "text",
    [
        "That did not help",
        "that didn’t help me at all",
        "Not helpful.",
        "this doesn't really help",
        "that was not useful",
        "useless answer",
        "no, that is not what I asked",
        "You did not answer my question!",
        "wrong answer",
        "not what i meant",
        "that's no help",
    ],
)
def test_it_says_so(text):
    assert unhelpful.says_so(text)


@pytest.mark.parametrize(
    "text",
    [
        "that helped, thanks",
        "can you help me",
        "I need help",
        "no, thank you",
        "That did not help, where is my order?",
        "I tried the code at the checkout twice and it did not help, so now my basket is empty",
        "the help page is wrong about returns",
        "do not cancel it",
        "",
    ],
)
def test_it_does_not(text):
    assert not unhelpful.says_so(text)
