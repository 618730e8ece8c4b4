"""Orders, their lines and their customers, as Ibis expressions over the copy of the log (`insight.batch.log`).

    orders     what is left of each order: event_id (the latest report of it), order_id, person_id, at (the first
               report), total, refunded; without those cancelled or erased
    lines      the products of these orders and of erased ones: event_id, order_id, person_id, at, product_id, category,
               quantity, amount; a product that an order has twice is one line
    customers  who has an order: person_id, orders, days (with an order), spent, first_at, last_at

An order belongs to one person, as in the profile: what somebody else says of its id does not touch it.
"""

import ibis

from insight.batch.context import Context

MONEY_PLACES = 10_000.0
ORDER = ["person_id", "order_id"]


def keep(context: Context) -> None:
    """Make the three tables for later steps."""
    reported = context.keep("reported", reports(context.table("placed"), context.table("undone")))
    orders = context.keep("orders", kept(reported))
    context.keep("lines", lines(reported, context.table("items")))
    context.keep("customers", customers(orders))


def reports(placed: ibis.Table, undone: ibis.Table) -> ibis.Table:
    """Each order, first and latest report together, with what became of it: `refunded`, `cancelled`, `erased`."""
    in_time = ibis.window(group_by=ORDER, order_by=["at", "event_id"])
    from_the_end = ibis.window(group_by=ORDER, order_by=[ibis.desc("at"), ibis.desc("event_id")])
    numbered = placed.mutate(
        nth=ibis.row_number().over(in_time),
        nth_last=ibis.row_number().over(from_the_end),
    )
    first = numbered.filter(numbered.nth == 0).select(*ORDER, "at", first_id="event_id")
    latest = numbered.filter(numbered.nth_last == 0).select(*ORDER, "event_id", "total")
    orders = first.join(latest, ORDER).select("event_id", *ORDER, "at", "first_id", "total")
    back = _taken_back(orders, undone)
    joined = orders.left_join(back, ORDER).select(
        *orders.columns, refunded=back.refunded.fill_null(0), cancelled=back.cancelled.fill_null(0)
    )
    gone = _erasures(undone)
    with_gone = joined.left_join(gone, "person_id")
    erased = gone.gone_at.notnull() & _before(joined["at"], joined.first_id, gone.gone_at, gone.gone_id)
    return with_gone.select(
        "event_id",
        *ORDER,
        "at",
        "total",
        refunded=ibis.least(joined.refunded, joined.total),
        cancelled=joined.cancelled > 0,
        erased=erased.fill_null(False),
    )


def kept(reported: ibis.Table) -> ibis.Table:
    """`orders`."""
    here = reported.filter(~reported.cancelled & ~reported.erased)
    return here.select("event_id", "order_id", "person_id", "at", "total", "refunded")


def lines(reported: ibis.Table, items: ibis.Table) -> ibis.Table:
    """`lines`."""
    here = reported.filter(~reported.cancelled).select("event_id", "order_id", "person_id", "at")
    once = items.group_by("event_id", "product_id").agg(
        category=items.category.max(),
        quantity=items.quantity.sum(),
        amount=items.amount.sum().cast("int64"),
    )
    return once.join(here, "event_id").select(*here.columns, "product_id", "category", "quantity", "amount")


def customers(orders: ibis.Table) -> ibis.Table:
    """`customers`; `spent` in money, refunds taken off."""
    left = (orders.total - orders.refunded).sum().cast("int64")
    return orders.group_by("person_id").agg(
        orders=orders.count(),
        days=orders["at"].truncate("D").nunique(),
        spent=left.cast("float64") / MONEY_PLACES,
        first_at=orders["at"].min(),
        last_at=orders["at"].max(),
    )


def _taken_back(orders: ibis.Table, undone: ibis.Table) -> ibis.Table:
    """What was refunded and cancelled of each order after it was placed: person_id, order_id, refunded, cancelled."""
    told = undone.filter(undone.order_id.notnull()).rename(then="at", then_id="event_id")
    after = orders.select(*ORDER, "at", "first_id", "total").join(told, ORDER)
    after = after.filter(_before(after["at"], after.first_id, after.then, after.then_id))
    paid = (after.kind == "refunded").ifelse(after.amount.fill_null(after.total), 0)
    return after.group_by(ORDER).agg(
        refunded=paid.sum().cast("int64"), cancelled=(after.kind == "cancelled").cast("int64").sum().cast("int64")
    )


def _erasures(undone: ibis.Table) -> ibis.Table:
    """When each erased person was erased last: person_id, gone_at, gone_id."""
    erased = undone.filter(undone.kind == "erased")
    window = ibis.window(group_by="person_id", order_by=[ibis.desc("at"), ibis.desc("event_id")])
    numbered = erased.mutate(nth_last=ibis.row_number().over(window))
    return numbered.filter(numbered.nth_last == 0).select("person_id", gone_at="at", gone_id="event_id")


def _before(at: ibis.Value, id: ibis.Value, then: ibis.Value, then_id: ibis.Value) -> ibis.Value:
    """Whether one event comes before another in the order in which profiles are folded."""
    return (at < then) | ((at == then) & (id < then_id))
