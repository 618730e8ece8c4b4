"""Put the demo shop into the database: the catalogue whenever its file changes, the people once.

Conversations and profiles hang on the people, so they are never made again in a database that has them; an imported
shop is left alone altogether.
"""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.database import Database
from bot.shop.catalogue import read_catalogue
from bot.shop.demo.generator import SEED, generate
from bot.shop.loading import put_products, record_load, store
from bot.shop.tables import LoadRow
from insight.errors import FileError

CATALOGUE = Path("catalogue") / "products.csv"


def load_demo(database: Database, data_dir: Path, *, today: date) -> bool:
    """Make the demo shop what `data_dir` says; False when there was nothing to do."""
    path = data_dir / CATALOGUE
    products, rejects = read_catalogue(path)
    if rejects:
        raise FileError(f"{path}: line {rejects[0].row}: {rejects[0].reason}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    now = datetime.now(UTC)
    with database.writing() as session:
        if _source(session) == "import":
            return False
        loaded = session.get(LoadRow, "catalogue")
        new_catalogue = loaded is None or loaded.hash != digest
        if new_catalogue:
            put_products(session, products)
            record_load(session, "catalogue", source="demo", hash=digest, now=now)
        new_people = session.get(LoadRow, "people") is None
        if new_people:
            store(session, generate(products, today), label="Demo shop")
            record_load(session, "people", source="demo", hash=f"{today} {SEED}", now=now)
        return new_catalogue or new_people


def _source(session: Session) -> str | None:
    loaded = session.get(LoadRow, "people")
    return loaded.source if loaded else None
