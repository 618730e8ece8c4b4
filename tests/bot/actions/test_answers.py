"""Which answer is said: the best of what search is sure of whose conditions hold."""

from dataclasses import replace
from datetime import date

import pytest

from bot.actions import answers
from bot.actions.circumstances import circumstances
from bot.actions.request import Request, Said
from retrieval.conditions import When
from retrieval.templates import Template
from tests.bot.actions.conftest import Desk

BEST = Template("best", ("For some.",), when=When({"tier": ("high",)}))
NEXT = Template("next", ("For all.",))


def asked(conversation_id: str, customer_id: str | None) -> Request:
    hits = [{"intent_response_key": name, "confidence": 0.9, "fits": True} for name in ("best", "next")]
    parse = {"response_selector": {"default": {"response": hits[0], "ranking": hits}}}
    return Request(
        conversation_id=conversation_id,
        visitor_id="v",
        customer_id=customer_id,
        message_id="m",
        said=Said("x", "faq", parse=parse),
        slots={},
        active_form=None,
        interrupted=False,
    )


@pytest.fixture
def context(desk: Desk):
    return replace(desk.context, templates={"best": BEST, "next": NEXT})


def test_a_template_whose_condition_fails_gives_way_to_the_next(context, jane: str) -> None:
    assert answers.chosen(context, asked(jane, None)).id == "next"


def test_a_template_whose_conditions_hold_is_said(context, jane: str) -> None:
    here = replace(BEST, when=When({"channel": ("web",), "locale": ("en",)}, start=date(2020, 1, 1)))
    assert answers.chosen(replace(context, templates={"best": here}), asked(jane, None)).id == "best"


def test_what_is_known_of_a_customer_is_told(context, jane: str) -> None:
    known = circumstances(context, asked(jane, "C-1"))
    assert known["channel"] == "web"
    assert known["today"] == date.today()
    assert known["order_state"] == context.shop.orders("C-1")[0].status
    assert "tier" not in circumstances(context, asked(jane, None))
