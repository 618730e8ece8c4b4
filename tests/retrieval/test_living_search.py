"""Templates added to a searcher and taken out of it while it lives: as if it had been built with them."""

import pytest

from retrieval.build import assemble
from retrieval.lexical import Cover, Lexicon, words
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
        (text, hit.template_id): hit.score
        for text in ASKED
        for hit in searcher.search(text, fake([text])[0], {"lamps": 1}, k=9)
    }


def vector_of(fake, *templates):
    texts = [text for template in templates for text in passages(template)]
    return dict(zip(texts, fake(texts), strict=True))


def test_what_is_added_is_found_as_if_it_had_always_been_there(searcher, folder, fake):
    assert searcher.search(ASKED[0], fake([ASKED[0]])[0])[0].template_id != "rings"
    searcher.add([RINGS, LAMPS, HIDDEN], vector_of(fake, RINGS, LAMPS))
    whole = assemble([*load(folder), RINGS, LAMPS], fake, model="fake", none=NONE, fusion=EVEN)
    assert scores(searcher, fake) == pytest.approx(scores(whole, fake), abs=0.05)  # how rare words are is as it was
    assert searcher.search(ASKED[0], fake([ASKED[0]])[0])[0].template_id == "rings"


def test_what_is_removed_is_found_no_more_and_can_come_back_changed(searcher, fake):
    before = scores(searcher, fake)
    searcher.add([RINGS], vector_of(fake, RINGS))
    searcher.remove(["rings", "nobody"])
    assert scores(searcher, fake) == pytest.approx(before)
    changed = Template("rings", wordings=("No.",), questions=("ring sizes",))
    searcher.add([changed], vector_of(fake, changed))
    assert searcher.search("ring sizes", fake(["ring sizes"])[0])[0].template_id == "rings"
    assert searcher.search("engraving", fake(["engraving"])[0])[0].score < 0.1


def test_a_template_of_the_first_build_can_go_as_well(searcher, fake):
    searcher.remove(["candles"])
    found = searcher.search(ASKED[2], fake([ASKED[2]])[0], k=9)
    assert {hit.template_id for hit in found} == {"returns", "contact"}


def test_words_of_a_later_text_count_as_they_would_have_from_the_start():
    texts = [f"{colour} {thing}" for colour in ("red", "blue", "green") for thing in ("lamp", "chair", "vase", "rug")]
    query = "a blue lamp with a dimmable bulb"
    later = Lexicon(texts[:-1])
    later.add([texts[-1], "dimmable lamp bulb"])
    later.remove([0])
    whole = Lexicon([*texts[1:], "dimmable lamp bulb"])
    assert later.scores(query) == pytest.approx(whole.scores(query), abs=0.15)
    assert later.scores(query).argmax() == whole.scores(query).argmax() == 11


def test_adding_reads_only_what_is_added():
    read = []

    def counted(text):
        read.append(text)
        return words(text)

    cover = Cover(["a lamp", "a chair"], counted)
    read.clear()
    cover.add(["a vase"])
    assert read == ["a vase"]
    assert cover.scores("vase").tolist() == pytest.approx([0, 0, 1], abs=0.5) and cover.scores("vase")[2] > 0.5


def test_an_emptied_search_finds_nothing_and_can_be_filled_again(searcher, fake):
    searcher.remove(searcher.ids)
    assert searcher.search("ring sizes", fake(["ring sizes"])[0]) == []
    searcher.add([RINGS], vector_of(fake, RINGS))
    assert [hit.template_id for hit in searcher.search(ASKED[0], fake([ASKED[0]])[0])] == ["rings"]
