import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import greetings


@pytest.mark.parametrize(
    ("text", "request_alone"),
    [
        ("hi team, klarna?", "klarna?"),
        ("hey there whats your phone number", "whats your phone number"),
        ("Dear Sir or Madam, I want my money back", "I want my money back"),
        ("hello - where is it", "where is it"),
        ("   hey!!!  hi again: where is it", "where is it"),
        ("hi,klarna?", "klarna?"),
        ("Hallo\nwhere is it", "where is it"),
    ],
)
def test_a_request_is_read_without_its_greeting(text: str, request_alone: str):
    assert greetings.without(text) == request_alone


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "hi there",
        "hey you",
        "good morning to you",
        "greetings from Sweden",
        "hi-vis vest in stock?",
        "hello kitty mug in stock?",
        "hidden fees?",
        "heyday tickets",
        "hello I am customer 4",
        "hi, my name is Ann",
        "hi ...",
        "",
    ],
)
def test_what_is_no_greeting_or_nothing_else_stays(text: str):
    assert greetings.without(text) == text


@given(st.text())
def test_what_is_left_is_the_end_of_the_text_and_never_nothing(text: str):
    left = greetings.without(text)
    assert text.endswith(left) and bool(left.strip()) == bool(text.strip())


@given(st.sampled_from(["hi ", "hello, ", "hey there, "]), st.from_regex(r"[a-z]{3,8} [a-z]{3,8}", fullmatch=True))
def test_a_second_look_finds_nothing_more(greeting: str, request: str):
    once = greetings.without(greeting + request)
    assert greetings.without(once) == once
