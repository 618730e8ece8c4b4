from typing import Any

import pyarrow as pa
import pytest

from bot.database import Database
from insight.batch.context import Context, Step
from insight.errors import RefreshError
from insight.refresh import refresh


def count_tables(context: Context) -> dict[str, Any]:
    return {"rows": len(context.frame(context.table("numbers")))}


def put_numbers(context: Context) -> dict[str, Any]:
    context.put("numbers", pa.table({"one": [1, 2]}))
    return {}


def fail(context: Context) -> dict[str, Any]:
    raise ValueError("no customers at all")


def test_a_step_finds_what_an_earlier_one_put(database: Database):
    steps = [Step("put", "putting", put_numbers, "Put."), Step("count", "counting", count_tables, "{rows} rows.")]
    done = refresh(database.reading, database.writing, steps=steps)
    assert done.facts == {"put": {}, "count": {"rows": 2}}
    assert done.sentences == ("Put.", "2 rows.")


def test_a_step_that_fails_is_named_and_keeps_no_other_from_its_work(database: Database):
    told: list[str] = []
    steps = [
        Step("bad", "guessing", fail, ""),
        Step("put", "putting", put_numbers, ""),
        Step("count", "counting", count_tables, ""),
    ]
    with pytest.raises(RefreshError, match=r"guessing failed \(no customers at all\)"):
        refresh(database.reading, database.writing, steps=steps, progress=told.append)
    assert told == ["guessing", "putting", "counting"]
