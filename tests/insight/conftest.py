import os
from pathlib import Path

import pandas as pd
import pytest

from bot.database import Database


@pytest.fixture(params=["database", "postgres"])
def either(request: pytest.FixtureRequest) -> Database:
    """The test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def cdnow_lines() -> pd.DataFrame:
    """The CDNOW sample as order lines."""
    file = Path(os.environ.get("SHOPKEEPER_DATA", "missing")) / "cdnow_sample" / "cdnow_sample.csv"
    if not file.is_file():
        pytest.skip("needs the CDNOW sample: set SHOPKEEPER_DATA to the evaluation data")
    rows = pd.read_csv(file)
    return pd.DataFrame(
        {
            "CustomerID": rows["sampleid"].astype(str),
            "InvoiceDate": pd.to_datetime(rows["date"].astype(str)),
            "Quantity": 1,
            "UnitPrice": rows["sales"],
            "Kind": "sale",
        }
    )
