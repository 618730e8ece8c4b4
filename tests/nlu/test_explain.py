"""Why a message was understood as it was."""

import pytest

from nlu import gradients
from nlu.errors import ModelRefused
from nlu.explain import explain


def test_the_word_that_decides_weighs_most_and_the_nearest_examples_share_the_label(tiny_model):
    explanation = explain(tiny_model, "please  cancel the lamp")
    assert explanation.intent == "cancel_order"
    assert [word for word, _ in explanation.words] == ["please", "cancel", "the", "lamp"]
    assert max(explanation.words, key=lambda pair: pair[1])[0] in ("please", "cancel")
    assert sum(abs(weight) for _, weight in explanation.words) == pytest.approx(1.0)
    assert len(explanation.nearest) == 5
    text, label, cosine = explanation.nearest[0]
    assert label == "cancel_order" and "cancel" in text and cosine > 0.9
    assert [each[2] for each in explanation.nearest] == sorted((each[2] for each in explanation.nearest), reverse=True)


def test_a_training_example_is_its_own_nearest(tiny_model, rows):
    learnt = explain(tiny_model, rows[0].text).nearest[0]
    text, label, cosine = explain(tiny_model, learnt[0]).nearest[0]
    assert (text, label) == learnt[:2] and cosine == pytest.approx(1.0, abs=1e-2)


def test_out_of_scope_is_explained_too(tiny_model):
    assert explain(tiny_model, "who painted a lamp on mars").intent == "out_of_scope"


@pytest.mark.parametrize("text", ["", "   ", "\ud800", "word " * 3000])
def test_any_text_can_be_explained(tiny_model, text):
    explanation = explain(tiny_model, text)
    assert len(explanation.words) <= 1024 and len(explanation.nearest) == 5


def test_no_model_is_a_clear_error(tmp_path):
    with pytest.raises(ModelRefused, match="nlu train"):
        explain(tmp_path, "hello")


def test_integrated_gradients_explain_the_same_intent_by_the_torch_network_made_from_the_folder(tiny_model):
    explanation = gradients.explain(tiny_model, "please cancel the lamp 😡")
    assert explanation.intent == "cancel_order"
    assert [word for word, _ in explanation.words] == ["please", "cancel", "the", "lamp", "😡"]
    assert max(explanation.words, key=lambda pair: pair[1])[0] in ("please", "cancel")
    assert explanation.words[-1][1] == 0.0
    assert sum(abs(weight) for _, weight in explanation.words) == pytest.approx(1.0)
    assert explanation.nearest == explain(tiny_model, "please cancel the lamp 😡").nearest
    assert gradients.explain(tiny_model, " ").words == ()
