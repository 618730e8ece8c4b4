"""Which messages are in the review list, and in which order."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bot import review
from bot.conversations import erasing
from bot.errors import NotFound


def listed(database, **options):
    with database.reading() as session:
        return review.gather(session, **options)


def reasons(database):
    return {candidate.text: candidate.reasons for candidate in listed(database)}


def test_messages_the_bot_could_not_answer_are_in_the_list_and_understood_ones_are_not(database, talk):
    one = talk()
    one.says("wibble", "nlu_fallback")
    one.says("what is the weather", "out_of_scope")
    one.says("where is my order", "track_order")
    one.says("are the mugs dishwasher safe", "faq", template="dishwasher")
    one.says("the 42", "nlu_fallback", template="return_reason")
    assert reasons(database) == {"wibble": ("fallback",), "what is the weather": ("fallback",)}


def test_of_a_handover_the_last_message_that_says_what_it_was_about(database, talk):
    one = talk()
    one.says("the courier left it with the neighbours cat", "track_order")
    one.says("I want a person", "contact_human_agent")
    one.says("yes", "affirm")
    one.handed_over()
    other = talk()
    other.says("a person please", "contact_human_agent")
    other.handed_over()
    assert reasons(database) == {"the courier left it with the neighbours cat": ("handed_over",)}


def test_an_answer_that_did_not_help_and_a_message_with_two_reasons(database, talk):
    one = talk()
    one.did_not_help(one.says("can it go in the oven", "product_question"))
    one.did_not_help(one.says("wibble", "nlu_fallback"))
    assert reasons(database) == {"can it go in the oven": ("unhelpful",), "wibble": ("fallback", "unhelpful")}


def test_a_correction_is_a_proposal_that_comes_first(database, talk):
    one = talk()
    seq = one.says("pants are torn", "return_item")
    one.says("wibble", "nlu_fallback", ("a", 0.3), ("b", 0.3))
    with database.writing() as session:
        review.correct(session, one.id, seq, label="damaged_item", agent_id="anna")
    candidates = listed(database)
    first = review.grouped(candidates, np.eye(len(candidates), dtype=np.float32))[0].first
    assert (first.text, first.proposed, first.proposed_by) == ("pants are torn", "damaged_item", "Anna")


def test_what_is_decided_leaves_the_list_and_comes_back_when_it_is_taken_back(database, talk):
    talk().says("wibble")
    with database.writing() as session:
        batch = review.ignore(session, review.gather(session), agent_id="anna")
    assert listed(database) == []
    with database.writing() as session:
        assert review.undo(session, batch) == 1
    assert [candidate.text for candidate in listed(database)] == ["wibble"]


def test_messages_of_long_ago_and_erased_ones_are_not_in_the_list(database, talk):
    one = talk()
    one.says("wibble")
    candidates = listed(database)
    assert listed(database, now=datetime.now(UTC) + timedelta(days=91)) == []
    with database.writing() as session:
        erasing.blank(session, [one.id])
    assert listed(database) == []
    with database.writing() as session, pytest.raises(NotFound):
        review.confirm(session, candidates, label="greet", agent_id="anna")
    with database.writing() as session, pytest.raises(NotFound):
        review.correct(session, one.id, 1, label="greet", agent_id="anna")


def candidate(number, *ranking, intent="nlu_fallback", proposed=None):
    told = tuple(ranking)
    now = datetime.now(UTC)
    return review.Candidate(number, "c", number, f"text {number}", now, ("fallback",), intent, told, proposed)


@pytest.mark.parametrize(
    ("sure", "unsure"),
    [
        (candidate(1, ("a", 0.98), ("b", 0.01), intent="a"), candidate(2, ("a", 0.5), ("b", 0.4), intent="a")),
        (candidate(1, ("out_of_scope", 0.99), ("a", 0.4)), candidate(2, ("out_of_scope", 0.6), ("a", 0.4))),
        (candidate(1, ("nlu_fallback", 0.5), ("a", 0.6)), candidate(2, ("nlu_fallback", 0.8), ("a", 0.2), ("b", 0.2))),
    ],
)
def test_uncertainty_grows_with_what_the_model_could_not_decide(sure, unsure):
    assert 0 <= review.uncertainty(sure) < review.uncertainty(unsure) <= 1


def test_similar_messages_are_one_group_and_the_next_is_far_from_the_first():
    doubtful = ("a", 0.3), ("b", 0.3)
    candidates = [candidate(number, *doubtful) for number in range(4)] + [candidate(4, ("a", 0.99))]
    vectors = np.array([[1, 0, 0], [0.99, 0.14, 0], [0.8, 0.6, 0], [0, 0, 1], [0, 1, 0]], dtype=np.float32)
    groups = review.grouped(candidates, vectors)
    assert [[member.message_id for member in group.members] for group in groups] == [[0, 1], [3], [2], [4]]


def test_every_message_is_in_exactly_one_group():
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(60, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    candidates = [candidate(number, ("a", float(rng.random()))) for number in range(60)]
    groups = review.grouped(candidates, vectors)
    assert sorted(member.message_id for group in groups for member in group.members) == list(range(60))
    assert 1 < len(groups) < 60
