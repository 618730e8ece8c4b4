"""Questions that lean on the turn before: which are, and what is found for them."""

import pytest

from retrieval.build import assemble
from retrieval.context import leans_on_the_turn_before, whole
from retrieval.search import Fusion, Query
from retrieval.templates import Template

EVEN = Fusion(nearest=0.4, joint=0.1, centre=0.3, lexical=0.2, intent=0, unanswered=0, threshold=0.3)


@pytest.mark.parametrize(
    "text", ["and for a gift card?", "What about plants?", "how long are they valid?", "on Saturdays too?", "to Spain"]
)
def test_what_goes_on_points_back_or_is_short_leans(text):
    assert leans_on_the_turn_before(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "how long does standard delivery take to my house",
        "And another thing that I have been meaning to ask you all week is where your shops are",
        "I bought a lamp last week and the shade of it is broken, can you send me a new one",
    ],
)
def test_what_says_everything_itself_does_not(text):
    assert not leans_on_the_turn_before(text)


def test_the_question_before_decides_what_a_short_one_means(fake):
    templates = [
        Template("delivery", ("Three days.",), ("how long does delivery take", "delivery time")),
        Template("abroad", ("A week.",), ("delivery to spain", "how long does delivery to italy take")),
        Template("olives", ("In spring.",), ("olives from spain", "when are the olives here", "spain")),
    ]
    searcher = assemble(templates, fake, model="fake", fusion=EVEN)

    def ask(text, before="", shown=""):
        both = whole(before, text)
        query = Query(both, fake([both])[0]) if before else None
        return searcher.search(text, fake([text])[0], whole=query, shown=shown)[0].template_id

    assert ask("and spain?") == "olives"
    assert ask("and spain?", "how long does delivery take", "delivery") == "abroad"
