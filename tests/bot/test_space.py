"""Answers found by the vectors of both encoders, and what is left of that while the classifier changes."""

from dataclasses import replace

import numpy as np
import pytest

from bot import answers
from bot.models import space
from bot.models.indexing import Reader, load_searcher
from bot.models.local import LocalModels
from bot.settings import Settings
from nlu.encoder import model_id
from nlu.entities import EntityFinder
from retrieval.build import assemble
from retrieval.errors import IndexRefused
from retrieval.index import Manifest
from retrieval.search import Fusion
from retrieval.templates import Template, load
from tests.bot.test_models import CountingClassifier, CountingEncoder

FUSION = Fusion(nearest=1, centre=0, lexical=0, intent=0, unanswered=0, threshold=0.9)
TEMPLATES = [
    Template("cancel", wordings=("Cancel it here.",), questions=("cancel order",)),
    Template("gift", wordings=("We wrap gifts.",), questions=("gift wrap",)),
]
SECRET = "moon"  # what the untouched encoder knows nothing like, and the tuned one takes for cancelling


class Tuned(CountingClassifier):
    """Two dimensions: cancelling, and all else; `turned`: one that has learnt them the other way round."""

    def __init__(self, name, *, turned=False):
        super().__init__()
        self.config = replace(CountingClassifier.config, model=name)
        self.turned = turned

    def _one(self, text):
        cancels = ("cancel" in text or SECRET in text) != self.turned
        return replace(super()._one(text), vector=np.array([cancels, not cancels], np.float32))


def unit(generator, dimension):
    vector = generator.normal(size=dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def index_of(classifier):
    return Manifest(model=space.model_of("words", classifier), dimension=10)


def test_a_cosine_is_the_mean_of_both_encoders():
    generator = np.random.default_rng(1)
    (asked, own), (said, its) = [(unit(generator, 6), unit(generator, 4)) for _ in range(2)]
    question = space.of_question(asked, own, classifier="nlu-a", index=index_of("nlu-a"))
    answer = space.of_answer(said, its, classifier="nlu-a", index=index_of("nlu-a"))
    assert question @ answer == pytest.approx(space.SHARE * (asked @ said) + (1 - space.SHARE) * (own @ its), abs=1e-6)
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("kept_by", ["nlu-a", "nlu-b"])
def test_vectors_of_two_classifiers_are_never_compared(kept_by):
    generator = np.random.default_rng(2)
    (asked, own), (said, its) = [(unit(generator, 6), unit(generator, 4)) for _ in range(2)]
    question = space.of_question(asked, own, classifier="nlu-b", index=index_of("nlu-a"))
    answer = space.of_answer(said, its, classifier=kept_by, index=index_of("nlu-a"))
    assert question.shape == answer.shape == (10,)
    assert question @ answer == pytest.approx(asked @ said, abs=1e-6)


def test_an_index_without_a_classifier_has_the_untouched_vectors():
    vector = unit(np.random.default_rng(3), 10)
    for made in (space.of_question, space.of_answer):
        assert made(vector, vector[:4], classifier="nlu-a", index=index_of("")) is vector


@pytest.fixture
async def models():
    classifier = Tuned("nlu-a")
    reader = Reader(CountingEncoder(), classifier)
    model = space.model_of("words", "nlu-a")
    searcher = assemble(TEMPLATES, reader.embed, model=model, fusion=FUSION)
    encoder, classifier = CountingEncoder(), Tuned("nlu-a")
    found = LocalModels(classifier, encoder, searcher, EntityFinder([]), limit=200)
    found.asked = (encoder.texts, classifier.texts)
    yield found
    await found.close()


async def scores(models, text):
    ranking = (await models.parse(text))["response_selector"]["default"]["ranking"]
    return {hit["intent_response_key"]: hit["confidence"] for hit in ranking}


async def test_what_only_the_tuned_encoder_knows_is_found_with_one_pass_of_each(models):
    found = await scores(models, SECRET)
    assert found["cancel"] == pytest.approx(1 - space.SHARE, abs=0.01) and found["gift"] < 0.01
    assert models.asked == ([SECRET], [SECRET])


async def test_another_classifier_leaves_search_to_the_untouched_encoder(models):
    await models.use_classifier(Tuned("nlu-b", turned=True))
    assert max((await scores(models, SECRET)).values()) < 0.01
    assert (await scores(models, "gift wrap"))["gift"] == pytest.approx(1, abs=0.01)


async def test_an_answer_published_while_classifiers_change_is_found_by_what_both_know(models):
    moon = Template("moon", wordings=("We sell none.",), questions=("vouchers",))
    await models.use_classifier(Tuned("nlu-b", turned=True))
    await models.change_answers(gone=[], new=[moon], vector_of=await models.read([moon]))
    assert (await scores(models, "vouchers"))["moon"] == pytest.approx(1, abs=0.01)
    await models.use_classifier(Tuned("nlu-a"))
    assert (await scores(models, "vouchers"))["moon"] == pytest.approx(space.SHARE, abs=0.01)
    await models.change_answers(gone=["moon"], new=[moon], vector_of=await models.read([moon]))
    assert (await scores(models, "vouchers"))["moon"] == pytest.approx(1, abs=0.01)


def test_a_measurement_searches_as_a_service_does():
    reader = Reader(CountingEncoder(), Tuned("nlu-a"))
    index = assemble(TEMPLATES, reader.embed, model=space.model_of("words", "nlu-a"), fusion=FUSION).index
    (asked,) = reader.questions(["cancel order"], index.manifest)
    assert asked @ reader.embed(["cancel order"])[0] == pytest.approx(1, abs=1e-5)
    (plain,) = Reader(CountingEncoder(), None).questions(["cancel order"], index.manifest)
    assert plain @ reader.embed(["cancel order"])[0] == pytest.approx(1, abs=1e-5)
    assert reader.classifier.texts.count("cancel order") == 1


def test_an_index_of_any_classifier_is_served_and_one_of_another_encoder_refused(tmp_path):
    settings = Settings(_env_file=None, var_dir=tmp_path / "var", data_dir=tmp_path / "data")
    answers.folder(settings).mkdir(parents=True)
    (answers.folder(settings) / "topic.yml").write_text(
        '- id: wrap\n  questions: ["gift wrap"]\n  wordings: ["Yes."]\n'
    )
    reader = Reader(CountingEncoder(), Tuned("nlu-a"))
    for encoder in (model_id(settings.encoder), "words"):
        model = space.model_of(encoder, "nlu-a")
        made = assemble(load(answers.folder(settings)), reader.embed, model=model, fusion=FUSION)
        made.index.save(answers.index_folder(settings))
        if encoder == "words":
            with pytest.raises(IndexRefused, match="made by the encoder words"):
                load_searcher(settings)
        else:
            assert load_searcher(settings).ids == ["wrap"]
