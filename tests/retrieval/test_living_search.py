"""Templates added to a searcher and taken out of it while it lives: as if it had been built with them."""

import pytest

from retrieval.build import assemble
from retrieval.search import Fusion, passages
from retrieval.templates import Template, load

NONE = ["do you sell houses", "what is the weather"]
EVEN = Fusion(nearest=0.4, centre=0.3, lexical=0.2, intent=0.1, unanswered=0.3, threshold=0.3)
RINGS = Template("rings", wordings=("We engrave rings.",), questions=("can you engrave a ring", "engraving"))
LAMPS = Template("lamps", wordings=("Lamps are dimmable.",), questions=("can i dim the lamp",), intents=("lamps",))
HIDDEN = Template("hidden", wordings=("Never found.",), searchable=False)
ASKED = ("can you engrave a ring", "dim my lamp", "my candle wax smokes", "what is the weather", "e-mail address")


@pytest.fixture
def searcher(folder, fake):
    return assemble(load(folder), fake, model="fake", none=NONE, fusion=EVEN)


def scores(searcher, fake):
    return {
        text: {
            (hit.template_id, round(hit.score, 5), hit.fits)
            for hit in searcher.search(text, fake([text])[0], {"lamps": 1}, k=9)
        }
        for text in ASKED
    }


def vector_of(fake, *templates):
    texts = [text for template in templates for text in passages(template)]
    return dict(zip(texts, fake(texts), strict=True))


def test_what_is_added_is_found_as_if_it_had_always_been_there(searcher, folder, fake):
    assert searcher.search(ASKED[0], fake([ASKED[0]])[0])[0].template_id != "rings"
    searcher.add([RINGS, LAMPS, HIDDEN], vector_of(fake, RINGS, LAMPS))
    whole = assemble([*load(folder), RINGS, LAMPS], fake, model="fake", none=NONE, fusion=EVEN)
    assert scores(searcher, fake) == scores(whole, fake)
    assert searcher.search(ASKED[0], fake([ASKED[0]])[0])[0].template_id == "rings"


def test_what_is_removed_is_found_no_more_and_can_come_back_changed(searcher, fake):
    before = scores(searcher, fake)
    searcher.add([RINGS], vector_of(fake, RINGS))
    searcher.remove(["rings", "nobody"])
    assert scores(searcher, fake) == before
    changed = Template("rings", wordings=("No.",), questions=("ring sizes",))
    searcher.add([changed], vector_of(fake, changed))
    assert searcher.search("ring sizes", fake(["ring sizes"])[0])[0].template_id == "rings"
    assert searcher.search("engraving", fake(["engraving"])[0])[0].score < 0.1


def test_a_template_of_the_first_build_can_go_as_well(searcher, fake):
    searcher.remove(["candles"])
    found = searcher.search(ASKED[2], fake([ASKED[2]])[0], k=9)
    assert {hit.template_id for hit in found} == {"returns", "contact"}
