"""A customer who enters a segment is moved up in the queue, or their conversation tagged, as the shop says."""

import pytest

from bot import conversations
from bot.segment_reactions import Reaction, read
from bot.turn.reacting import react
from insight import segments
from insight.tables import PositionRow
from tests.bot.conversations.test_desk import waiting
from tests.insight.story import order, record

RULE = {"field": "orders", "is": ">=", "value": 1}
REACTIONS = read("loyal: high; loyal: tag Best Customer")


@pytest.fixture
def shop(database):
    with database.writing() as session:
        segments.save(session, "loyal", name="Loyal", rule=RULE)
        react(session, REACTIONS)  # from here on the log is followed
    return database


def follow(database, reactions=REACTIONS):
    """As the sweeper does: the conversations that changed."""
    changed = []
    while True:
        with database.writing() as session:
            found = react(session, reactions)
            if found is None:
                return changed
            changed.append(found.id)


def seen(database, id):
    with database.reading() as session:
        return conversations.find(session, id).priority, conversations.tags(session, [id]).get(id, [])


def test_who_enters_while_they_wait_comes_before_those_who_came_first(shop):
    first, hers = waiting(shop, customer_id="c2"), waiting(shop, customer_id="c1")
    record(shop, order("o1", "t1", person="c1"))
    assert follow(shop) == [hers]
    assert (seen(shop, hers), seen(shop, first)) == ((1, ["best customer"]), (0, []))
    with shop.reading() as session:
        assert [one.id for one in conversations.waiting(session)] == [hers, first]


def test_who_is_inside_already_is_moved_up_when_handed_over(shop):
    record(shop, order("o1", "t1", person="c1"))
    assert follow(shop) == []
    hers = waiting(shop, customer_id="c1")
    assert follow(shop) == [hers] and seen(shop, hers) == (1, ["best customer"])


def test_an_event_is_acted_on_once(shop):
    hers = waiting(shop, customer_id="c1")
    record(shop, order("o1", "t1", person="c1"))
    assert follow(shop) == [hers]
    with shop.writing() as session:
        conversations.find(session, hers).priority = 0
    assert follow(shop) == [] and seen(shop, hers)[0] == 0


def test_other_segments_and_what_was_before_change_nothing(database):
    with database.writing() as session:
        segments.save(session, "loyal", name="Loyal", rule=RULE)
    hers = waiting(database, customer_id="c1")
    record(database, order("o1", "t1", person="c1"))
    assert follow(database) == [] and seen(database, hers) == (0, [])
    record(database, order("o2", "t1", person="c2"))
    assert follow(database, read("away: urgent")) == []
    with database.reading() as session:
        assert session.get(PositionRow, "reactions").event_id > 0


def test_settings_say_what_to_do_and_what_is_wrong_with_them():
    assert read("") == ()
    assert read("loyal: urgent ; win-back:tag Win  Back") == (
        Reaction("loyal", 2),
        Reaction("win-back", 0, "win  back"),
    )
    with pytest.raises(ValueError, match="`loyal=high` is no reaction"):
        read("loyal=high")
