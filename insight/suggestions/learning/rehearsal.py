"""The shop as it was at an earlier moment: what would have been proposed then, to compare with what was bought after.

The same steps make the same tables from the orders before that moment alone, in a scratch database, and the same
sources read them. So what a rehearsal teaches holds when customers are served.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import ibis
import numpy as np
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from insight.batch import together
from insight.batch.context import Context
from insight.catalogue import Item
from insight.events import Event, Recorded
from insight.profile.document import empty, fold_all
from insight.profile.view import Profile, view
from insight.suggestions import ranking
from insight.suggestions.learning import likeness
from insight.suggestions.policy import SOURCES
from insight.suggestions.situation import Situation
from insight.suggestions.sources import content
from insight.suggestions.values import ANY_PRICE
from insight.tables import Base, LikenessRow
from insight.tiers import Tiers

MONEY = 10_000.0  # of `insight.batch.log`


@dataclass(frozen=True)
class Proposed:
    """What would have been proposed to one customer, and what was `wanted`: bought afterwards and not `refused`."""

    person_id: str
    products: list[str]
    strengths: np.ndarray  # products by `SOURCES`
    wanted: frozenset[str]
    refused: frozenset[str]

    @property
    def bought(self) -> np.ndarray:
        """Of each product, whether it was wanted."""
        return np.array([id in self.wanted for id in self.products], dtype=bool)


@dataclass(frozen=True)
class Rehearsal:
    """`lines` are those before `now`."""

    context: Context
    now: datetime
    catalogue: Mapping[str, Item]

    def propose(self, bought: Mapping[str, set[str]]) -> Iterator[Proposed]:
        """To each customer of `bought`, which has what each bought afterwards."""
        profiles = self._profiles(list(bought))
        with self.context.reading() as session:
            for person_id in sorted(profiles):
                situation = self._situation(session, profiles[person_id])
                found = ranking.proposed(situation)
                products = sorted(found)
                rows = [ranking.strongest(found[id]) for id in products]
                yield Proposed(
                    person_id,
                    products,
                    np.array([[row.get(name, 0.0) for name in SOURCES] for row in rows]).reshape(-1, len(SOURCES)),
                    frozenset(id for id in bought[person_id] if situation.fits(id)),
                    situation.refused,
                )

    def _situation(self, session: Session, profile: Profile) -> Situation:
        return Situation(
            session=session,
            now=self.now,
            catalogue=self.catalogue,
            seen=profile,
            profile=profile,
            context=(),
            exclude=(),
            said=None,
            prices=ANY_PRICE,
        )

    def _profiles(self, people: list[str]) -> dict[str, Profile]:
        """As they were then, of their orders alone."""
        lines = self.context.table("lines")
        frame = self.context.frame(lines.filter(lines.person_id.isin(people)))
        rows = frame.sort_values(["person_id", "at", "event_id"]).itertuples(index=False)
        return {str(id): self._profile(str(id), some) for id, some in groupby(rows, key=attrgetter("person_id"))}

    def _profile(self, person_id: str, lines: Iterable[Any]) -> Profile:
        events = []
        for number, (_, rows) in enumerate(groupby(lines, key=attrgetter("event_id")), start=1):
            first, *others = rows
            products = [
                {"product_id": row.product_id, "category": row.category, "price": row.amount / MONEY}
                for row in (first, *others)
            ]
            at = first.at.to_pydatetime().replace(tzinfo=UTC)
            told = {"order_id": str(first.order_id), "products": products}
            events.append(Recorded(number, Event("Order Completed", str(number), at, told, customer_id=person_id)))
        document, _ = fold_all(empty(self.context.half_life_days), events)
        return view(person_id, document, tiers=Tiers.known(None), now=self.now)


@contextmanager
def rehearsing(context: Context, lines: ibis.Table, now: datetime) -> Iterator[Rehearsal]:
    """The shop of `lines` (of `insight.batch.sales`) at `now`, which none of them may be after."""
    folder = context.folder / "rehearsal"
    folder.mkdir()
    engine = create_engine(f"sqlite:///{folder / 'shop.db'}")
    Base.metadata.create_all(engine)

    @contextmanager
    def transaction() -> Iterator[Session]:
        with Session(engine) as session, session.begin():
            yield session

    scratch = replace(context, folder=folder, reading=transaction, writing=transaction, now=now, embed=None, items=())
    try:
        kept = scratch.keep("lines", lines)
        together.find(scratch)
        likeness.find(scratch)
        _copy_content(context, scratch)
        products = scratch.frame(kept.group_by("product_id").agg(category=kept.category.max()))
        catalogue = {
            row.product_id: Item(row.product_id, row.product_id, row.category or "", 0.0, True)
            for row in products.itertuples()
        }
        yield Rehearsal(scratch, now, catalogue)
    finally:
        engine.dispose()


def _copy_content(context: Context, scratch: Context) -> None:
    """What products are called and described as does not depend on the moment."""
    with context.reading() as session:
        found = session.execute(
            select(LikenessRow.product_id, LikenessRow.others).where(LikenessRow.method == content.METHOD)
        )
        rows = [{"method": content.METHOD, "product_id": id, "others": others} for id, others in found]
    if rows:
        with scratch.writing() as session:
            session.execute(insert(LikenessRow), rows)
