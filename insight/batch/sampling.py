"""Some people or orders, where all of them would not fit into memory.

Who is among them depends on their ids alone: the same ones on every engine and in every refresh.
"""

import ibis

from insight.batch.context import Context

DIGITS = 8  # of the hash, in base 16


def share_for(context: Context, rows: ibis.Table, most: int) -> float:
    """The share of `rows` to take so that about `most` of them are left; 1 where there are no more."""
    [count] = context.frame(rows.aggregate(rows=rows.count()))["rows"]
    return min(1.0, most / max(int(count), 1))


def some(rows: ibis.Table, column: str, share: float) -> ibis.Table:
    """The rows of that share of the ids in `column`: all rows of an id, or none."""
    if share >= 1.0:
        return rows
    below = f"{int(share * 16**DIGITS):0{DIGITS}x}"
    return rows.filter(rows[column].cast("string").hexdigest("md5") < below)
