"""What people confirm becomes training data, all of it, until it is taken back or its writer is erased."""

import tempfile
from pathlib import Path

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot import review
from bot.database import Database
from bot.review import examples as files
from bot.shop.sql import SqlShop
from bot.tables import Base as BotBase
from bot.tables import Message
from insight.tables import Base as InsightBase
from nlu.data import Example, read
from tests.bot.conftest import add_agent
from tests.bot.review.conftest import Talk

LABELS = ("track_order", "get_refund", "out_of_scope")


def confirmed(database):
    with database.reading() as session:
        return review.learned(session, SqlShop(database))


def confirm(database, label, *, text=None):
    with database.writing() as session:
        candidates = [one for one in review.gather(session) if text in (None, one.text)]
        return review.confirm(session, candidates, label=label, agent_id="anna")


def test_a_confirmed_message_is_an_example_with_its_origin_and_without_the_person(database, talk, maya):
    talk(maya).says("I am Maya, where the hell is HP-48213")
    confirm(database, "track_order")
    [row] = confirmed(database)
    assert (row.text, row.label) == ("I am Alex, where the hell is HP-12345", "track_order")
    assert (row.origin, row.understood, row.confirmed_by) == ("fallback", "nlu_fallback", "anna")


def test_a_correction_counts_only_once_somebody_confirms_it(database, talk):
    one = talk()
    seq = one.says("pants are torn", "return_item")
    with database.writing() as session:
        review.correct(session, one.id, seq, label="damaged_item", agent_id="anna")
    assert confirmed(database) == []
    with database.writing() as session:
        candidates = review.gather(session)
        batch = review.confirm(session, candidates, label=candidates[0].proposed, agent_id="ben")
    [row] = confirmed(database)
    assert (row.label, row.origin, row.confirmed_by) == ("damaged_item", "corrected", "ben")
    with database.writing() as session:
        review.undo(session, batch)
    assert confirmed(database) == []
    with database.reading() as session:
        assert review.corrected_to(session, one.id, seq).label == "damaged_item"


def test_of_one_text_the_latest_word_counts(database, talk):
    talk().says("wibble")
    confirm(database, "get_refund")
    talk().says("Wibble")
    confirm(database, "track_order")
    assert [(row.text, row.label) for row in confirmed(database)] == [("Wibble", "track_order")]


def test_the_file_is_read_beside_the_shops_own_examples(database, talk, tmp_path):
    path = tmp_path / "learned" / "intents.csv"
    own = [Example("where is it", "track_order"), Example("hello", "greet")]
    assert files.with_learned(own, path) == own
    files.write(path, [])
    assert files.with_learned(own, path) == own
    for text, label in (("Hello", "track_order"), ("wibble", "greet"), ("wobble", "given_up")):
        talk().says(text)
        confirm(database, label, text=text)
    rows = confirmed(database)
    assert files.count_new(rows, path) == 3
    files.write(path, rows)
    assert files.count_new(rows, path) == 0
    assert files.with_learned(own, path) == [own[0], Example("Hello", "track_order"), Example("wibble", "greet")]


def test_a_text_with_quotes_and_line_breaks_survives_the_file(database, talk, tmp_path):
    text = 'it says "sold out",\nreally?'
    talk().says(text)
    confirm(database, "check_stock")
    files.write(tmp_path / "intents.csv", confirmed(database))
    assert read(tmp_path / "intents.csv") == [Example(text, "check_stock")]


class Deciding(RuleBasedStateMachine):
    """Whatever people decide and take back: what counts as confirmed is there, with its label, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._database = Database(f"sqlite:///{Path(self._folder.name) / 'test.db'}")
        for base in (BotBase, InsightBase):
            base.metadata.create_all(self._database.engine)
        with self._database.writing() as session:
            add_agent(session)
        self._decided: list[tuple[str, set[str], str | None]] = []  # batch, texts, label

    @initialize()
    def customers_write(self) -> None:
        one = Talk(self._database)
        for number in range(4):
            one.says(f"wibble{'x' * number}")

    @rule(label=st.sampled_from(LABELS), some=st.sets(st.integers(0, 3), min_size=1))
    def confirm(self, label: str, some: set[int]) -> None:
        with self._database.writing() as session:
            chosen = [one for place, one in enumerate(review.gather(session)) if place in some]
            if chosen:
                batch = review.confirm(session, chosen, label=label, agent_id="anna")
                self._decided.append((batch, {one.text for one in chosen}, label))

    @rule(place=st.integers(0, 3))
    def ignore(self, place: int) -> None:
        with self._database.writing() as session:
            chosen = review.gather(session)[place : place + 1]
            if chosen:
                self._decided.append(
                    (review.ignore(session, chosen, agent_id="anna"), {one.text for one in chosen}, None)
                )

    @rule(which=st.integers(0, 20))
    def undo(self, which: int) -> None:
        if self._decided:
            batch, texts, _ = self._decided.pop(which % len(self._decided))
            with self._database.writing() as session:
                assert review.undo(session, batch) == len(texts)

    @invariant()
    def nothing_confirmed_is_lost(self) -> None:
        counts: dict[str, str | None] = {}
        for _, texts, label in self._decided:
            counts |= dict.fromkeys(texts, label)
        expected = {text: label for text, label in counts.items() if label is not None}
        assert {row.text: row.label for row in confirmed(self._database)} == expected
        with self._database.reading() as session:
            waiting = {one.text for one in review.gather(session)}
            everything = {
                message.body["text"] for message in session.query(Message).where(Message.author == "customer")
            }
        assert waiting == everything - set(counts)

    def teardown(self) -> None:
        self._database.close()
        self._folder.cleanup()


TestDeciding = Deciding.TestCase
TestDeciding.settings = hypothesis_settings(max_examples=4, stateful_step_count=10, deadline=None)
