"""Shows what the last `shopkeeper insight refresh` found, with the shop's own names of its products."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Found = TypeVar("Found")


def show(
    read: "Callable[[Session], Found | None]",
    tables: Callable[[Found, Callable[[str], str]], Sequence[Table]],
    *,
    as_json: bool,
) -> None:
    """Print the `tables` of what `read` gives, with `as_json` also one object; NotLearntYet before a first refresh."""
    from bot.database import Database
    from bot.settings import Settings
    from bot.shop.sql import SqlShop
    from insight.errors import NotLearntYet

    database = Database(Settings().database_url)
    with database.reading() as session:
        found: Any = read(session)
    if found is None:
        raise NotLearntYet("nothing has been looked for yet; run `shopkeeper insight refresh`")
    names = {product.id: product.name for product in SqlShop(database).products()}
    database.close()
    for table in tables(found, lambda product_id: names.get(product_id, product_id)):
        Console().print(table)
    if as_json:
        print(json.dumps(asdict(found), default=str))
