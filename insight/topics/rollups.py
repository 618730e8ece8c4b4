"""What was said, week by week, by product, category and segment, and by topic: Ibis expressions over `speech`'s tables.

weeks  by (`all`, `product`, `category`, `segment`), key, topic (empty: all topics), week (its Monday, UTC),
       statements, reviews, level_1 … level_5: how many of each level
"""

import ibis

LEVELS = range(1, 6)
EVERYBODY = "all"


def mentions(said: ibis.Table, about: ibis.Table, stays: ibis.Table, topics: ibis.Table) -> ibis.Table:
    """Each statement under every key that it counts for: by, key, topic, week, event_id, kind, level, conversation_id.

    `topics` says the topic of each event_id; a segment's are the statements of who was in it at that moment.
    """
    joined = said.left_join(topics, "event_id")
    told = joined.select(
        "event_id",
        "at",
        "person_id",
        "conversation_id",
        "kind",
        "level",
        topic=topics.topic.fill_null(""),
        week=joined["at"].truncate("W").cast("date"),
    )
    products = about.filter(about.product_id.notnull()).select("event_id", key="product_id").distinct()
    categories = about.filter(about.category.notnull()).select("event_id", key="category").distinct()
    while_inside = told.join(stays, "person_id")
    there = (while_inside["at"] >= while_inside.entered_at) & (
        while_inside.left_at.isnull() | (while_inside["at"] < while_inside.left_at)
    )
    return ibis.union(
        _keyed(told.mutate(key=ibis.literal(EVERYBODY)), EVERYBODY),
        _keyed(told.join(products, "event_id"), "product"),
        _keyed(told.join(categories, "event_id"), "category"),
        _keyed(while_inside.filter(there).rename(key="segment_id"), "segment"),
    )


def weeks(mentioned: ibis.Table) -> ibis.Table:
    """`weeks`: each topic apart, and all together."""
    named = mentioned.filter(mentioned.topic != "")
    both = ibis.union(named, mentioned.mutate(topic=ibis.literal("")))
    levels = {f"level_{level}": (both.level == level).cast("int64").sum().cast("int64") for level in LEVELS}
    reviews = (both.kind == "review").cast("int64").sum().cast("int64")
    return both.group_by("by", "key", "topic", "week").agg(statements=both.count(), reviews=reviews, **levels)


def _keyed(told: ibis.Table, by: str) -> ibis.Table:
    columns = ("key", "topic", "week", "event_id", "kind", "level", "conversation_id")
    return told.select(by=ibis.literal(by), **{name: told[name] for name in columns})
