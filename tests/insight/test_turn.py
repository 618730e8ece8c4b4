"""One refresh at a time on one database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.database import Database
from insight.batch import turn
from insight.batch.context import Context, Step
from insight.batch.turn import last_begun, taking_turn
from insight.errors import RefreshError, RefreshRunning
from insight.refresh import refresh
from insight.tables import TurnRow


def begun(database: Database) -> datetime | None:
    with database.reading() as session:
        return last_begun(session)


def test_a_refresh_refuses_to_work_beside_another(either: Database):
    told: list[str] = []

    def second(context: Context) -> dict[str, Any]:
        with pytest.raises(RefreshRunning, match=r"another refresh is at work since \d\d:\d\d UTC"):
            refresh(either.reading, either.writing, steps=[Step("never", "", second, "")])
        told.append("refused")
        return {}

    refresh(either.reading, either.writing, steps=[Step("both", "", second, "")])
    assert told == ["refused"]
    refresh(either.reading, either.writing, steps=[])


def test_one_that_fails_gives_its_turn_back(database: Database):
    def fail(context: Context) -> dict[str, Any]:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(RefreshError, match="guessing failed"):
            refresh(database.reading, database.writing, steps=[Step("bad", "guessing", fail, "")])
    assert begun(database) is not None


def test_one_that_died_counts_for_nothing_after_a_while(either: Database):
    with taking_turn(either.writing):
        with either.writing() as session:
            session.execute(update(TurnRow).values(token="of a dead process"))
        with pytest.raises(RefreshRunning):
            refresh(either.reading, either.writing, steps=[])
        with either.writing() as session:
            session.execute(update(TurnRow).values(alive_at=datetime.now(UTC) - turn.LOST_AFTER - timedelta(seconds=1)))
    assert begun(either) is None
    refresh(either.reading, either.writing, steps=[])
    assert begun(either) is not None


def test_one_at_work_says_so_again_and_again(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turn, "BEAT_S", 0.01)

    def alive_at() -> datetime:
        with database.reading() as session:
            return session.scalars(select(TurnRow.alive_at)).one()

    with taking_turn(database.writing):
        first = alive_at()
        while alive_at() == first:
            pass


def test_what_a_killed_refresh_left_is_swept_away(database: Database, tmp_path: Path):
    left, other = tmp_path / "refresh-dead" / "lines.parquet", tmp_path / "notes.txt"
    left.parent.mkdir()
    for file in (left, other):
        file.write_text("x")
    refresh(database.reading, database.writing, folder=tmp_path, steps=[])
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".db" and "test.db" not in file.name] == [
        "notes.txt"
    ]
