"""What a new model breaks."""

from types import SimpleNamespace

import pytest

from nlu.compare import compare
from nlu.data import Example
from nlu.parse import Prediction, Thresholds

EXAMPLES = [Example("a1", "a"), Example("a2", "a"), Example("b1", "b"), Example("o", "out_of_scope")]


class Answers:
    """A classifier that says of each text what it is told to: intent, confidence, how far outside."""

    def __init__(self, model, answers):
        self.config = SimpleNamespace(model=model, thresholds=Thresholds(0.5, 0.6, 0.0))
        self.answers = answers

    def predict(self, texts):
        return [self._one(*self.answers[text]) for text in texts]

    def _one(self, intent, confidence, outside=0.1):
        other = "b" if intent == "a" else "a"
        return Prediction(((intent, confidence), (other, 1 - confidence)), {}, outside)


OLD = Answers("old", {"a1": ("a", 0.9), "a2": ("a", 0.9), "b1": ("a", 0.8), "o": ("a", 0.7)})
NEW = Answers("new", {"a1": ("a", 0.55), "a2": ("b", 0.95), "b1": ("b", 0.9), "o": ("a", 0.7, 0.9)})


def test_flips_say_what_breaks_surest_first_and_what_is_mended():
    compared = compare(OLD, NEW, EXAMPLES)
    assert [(flip.text, flip.old, flip.new) for flip in compared.broken] == [
        ("a2", "a", "b"),
        ("a1", "a", "nlu_fallback"),
    ]
    assert {flip.text for flip in compared.mended} == {"b1", "o"}
    assert [(c.label, c.n, c.old_right, c.new_right) for c in compared.labels] == [
        ("a", 2, 2, 0), ("b", 1, 0, 1), ("out_of_scope", 1, 0, 1),
    ]  # fmt: skip
    assert compared.p_value == pytest.approx(1.0)
    assert (compared.old.scores.oos_recall, compared.new.scores.oos_recall) == (0.0, 1.0)


def test_one_sided_flips_are_no_chance_and_the_same_model_changes_nothing():
    many = [Example(f"m{number}", "a") for number in range(10)]
    good = Answers("good", {example.text: ("a", 0.9) for example in many})
    bad = Answers("bad", {example.text: ("b", 0.9) for example in many})
    assert compare(good, bad, many).p_value == pytest.approx(2 / 2**10)
    same = compare(good, good, many)
    assert (same.p_value, same.broken, same.mended, same.labels) == (1.0, (), (), ())
