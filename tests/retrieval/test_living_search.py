"""Templates added to a searcher and taken out of it while it lives: as if it had been built with them."""

from dataclasses import replace

import numpy as np
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


def test_after_many_changes_all_is_as_if_built_anew(searcher, folder, fake):
    random = np.random.default_rng(1)
    searcher.fusion = replace(EVEN, lexical=0)  # how rare words are stays as it was when the index was built
    there = {template.id: template for template in load(folder) if template.searchable}
    things = [Template(f"t{n}", ("Yes.",), (f"thing {n}", f"what of {n}"), intents=("lamps",)) for n in range(12)]
    for _ in range(40):
        thing = things[random.integers(len(things))]
        if there.pop(thing.id, None):
            searcher.remove([thing.id])
        else:
            searcher.add([thing], vector_of(fake, thing))
            there[thing.id] = thing
    whole = assemble(list(there.values()), fake, model="fake", none=NONE, fusion=searcher.fusion)
    assert searcher.ids == whole.ids == list(there)
    assert scores(searcher, fake) == pytest.approx(scores(whole, fake), abs=1e-5)


def test_among_very_many_only_near_ones_and_those_with_rare_words_are_compared(fake, monkeypatch):
    texts = [f"can {adjective} thing {n} be had" for n in range(100) for adjective in ("a red", "a blue", "any")]
    templates = [Template(f"t{n}", ("Yes.",), (text,)) for n, text in enumerate(texts)]
    searcher = assemble(templates, fake, model="fake", fusion=replace(EVEN, lexical=0.5))
    asked = [(text, fake([text])[0]) for text in texts[::30]]
    asked.append(("of thing 77", fake(["nothing alike"])[0]))
    right = [searcher.search(*one) for one in asked]
    assert len(searcher.search(*asked[0], k=300)) == 300
    monkeypatch.setattr("retrieval.search.EVERY", 50)
    monkeypatch.setattr("retrieval.search.NEAREST", 40)
    monkeypatch.setattr("retrieval.lexical.LIKELY", 40)
    found = [searcher.search(*one) for one in asked]
    assert [hits[0].template_id for hits in found[:-1]] == [hits[0].template_id for hits in right[:-1]]
    assert found[-1][0].template_id in ("t231", "t232", "t233")
    assert len(searcher.search(*asked[0], k=200)) < 200
    searcher.remove([found[-1][0].template_id])
    assert found[-1][0].template_id not in {hit.template_id for hit in searcher.search(*asked[-1], k=49)}
    searcher.add([Template("new", ("Yes.",), ("zebra",))], vector_of(fake, Template("new", ("Yes.",), ("zebra",))))
    assert searcher.search("zebra", asked[-1][1])[0].template_id == "new"


def test_a_template_of_the_first_build_can_go_as_well(searcher, fake):
    searcher.remove(["candles"])
    found = searcher.search(ASKED[2], fake([ASKED[2]])[0], k=9)
    assert {hit.template_id for hit in found} == {"returns", "contact"}


def test_words_of_a_later_text_count_as_they_would_have_from_the_start():
    texts = [f"{colour} {thing}" for colour in ("red", "blue", "green") for thing in ("lamp", "chair", "vase", "rug")]
    query = "a blue lamp with a dimmable bulb"
    later = Lexicon(texts[:-1])
    later.add([texts[-1], "dimmable lamp bulb"])
    whole = Lexicon([*texts, "dimmable lamp bulb"])
    found, right = (lexicon.scores(query, np.arange(13)) for lexicon in (later, whole))
    assert found == pytest.approx(right, abs=0.15)
    assert found.argmax() == right.argmax() == 12
    assert later.scores(query, np.array([2, 12])).tolist() == found[[2, 12]].tolist()


def test_adding_reads_only_what_is_added():
    read = []

    def counted(text):
        read.append(text)
        return words(text)

    cover = Cover(["a lamp", "a chair"], counted)
    read.clear()
    cover.add(["a vase"])
    assert read == ["a vase"]
    scores = cover.scores("vase", np.arange(3))
    assert scores.tolist() == pytest.approx([0, 0, 1], abs=0.5) and scores[2] > 0.5


def test_an_emptied_search_finds_nothing_and_can_be_filled_again(searcher, fake):
    searcher.remove(searcher.ids)
    assert searcher.search("ring sizes", fake(["ring sizes"])[0]) == []
    searcher.add([RINGS], vector_of(fake, RINGS))
    assert [hit.template_id for hit in searcher.search(ASKED[0], fake([ASKED[0]])[0])] == ["rings"]
