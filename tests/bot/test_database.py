"""What a failing statement tells."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError


def test_an_error_that_may_be_logged_shows_no_parameters(database):
    with pytest.raises(OperationalError) as failed, database.reading() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": "my name is Ann Miller"})
    assert "nowhere" in str(failed.value)
    assert "Ann Miller" not in str(failed.value)
