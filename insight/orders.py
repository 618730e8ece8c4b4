"""Read a shop's order lines, CSV or Parquet, in the UCI Online Retail columns or others by a map.

Every row ends in one of two tables: lines that can be used, or rejects with their row number and reason. Lines have a
`Kind`: `sale`; `cancellation` (the invoice starts with C: money back for a product); `service` (postage, fees, manual
corrections: money, but no product). Where most invoices with C are of something bought, the letter says nothing, and
only those of a negative quantity are cancellations. A line without a customer is kept: it counts for products, not for
people.
"""

import codecs
import csv
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import yaml

from insight.errors import FileError

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
OPTIONAL = ("Description", "CustomerID", "Country")
CURRENCY = "Currency"  # an extra column; rows in another currency than most are set aside
ENDINGS = (".csv", ".txt", ".tsv", ".parquet")
DELIMITERS = (",", ";", "\t", "|")
SERVICE_CODES = (
    "POST", "DOT", "C2", "C3", "D", "M", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "ADJUST", "ADJUST2", "SHIPPING",
    "DISCOUNT", "MANUAL", "FEE", "TEST", "TEST001", "TEST002",
)  # fmt: skip
MONTH_FIRST = ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M:%S")  # %y first: %Y reads 10 as year 10
DAY_FIRST = ("%d/%m/%y %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M:%S")
CLEAR_DATES = ("%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M:%S", "%Y%m%d")
FIRST_YEAR = 1990  # an older date is a clock's or a program's zero
NO_ROW = "not a row of this table (too many cells, or a quote that never ends)"
LARGEST_LINE = 10_000_000
MOST_PIECES, DEAREST = 1_000_000, 10_000_000
REASONS_TOLD = 3
CLOCK_SKEW = timedelta(days=1)


def read(
    path: Path, columns: Mapping[str, str] | None = None, *, now: datetime | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(lines, rejects) of an orders file; `columns` maps our names to the file's, `{"InvoiceNo": "order_id"}`.

    lines: `Row` (in the file, the header being row 1), the eight columns typed, `Currency`, `Kind`; in file order.
    rejects: `Row`, `Reason` and the eight columns as they were. FileError when the file is no orders file at all.
    A date such as 3/4/2011 is read month first unless more rows of the file can be read day first; other formats may be
    mixed. A price may have a decimal comma: 12,50 or 1.234,50.
    """
    require_file(path)
    with duckdb.connect(config={"threads": "2"}) as connection, tempfile.TemporaryDirectory() as folder:
        broken, nameless = _load(connection, path, Path(folder))
        _select_columns(connection, path, columns or {}, nameless=nameless)
        _judge(connection, now or datetime.now(UTC))
        lines = connection.execute(
            'SELECT "Row", InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country, '
            'Currency, "Kind" FROM judged WHERE "Reason" IS NULL ORDER BY "Row"'
        ).df()
        rejects = connection.execute(
            f'SELECT "Row", "Reason", {", ".join(f"raw_{name} AS {name}" for name in COLUMNS)} '
            'FROM judged WHERE "Reason" IS NOT NULL ORDER BY "Row"'
        ).df()
    if lines.empty and rejects.empty and broken.empty:
        raise FileError(f"{path}: there is a header but no row")
    for frame in (lines, rejects):
        frame["Row"] = _file_rows(frame["Row"].to_numpy(dtype=np.int64), broken["Row"].to_numpy(dtype=np.int64))
    rejects = pd.concat([rejects, broken.reindex(columns=rejects.columns)]) if len(broken) else rejects
    return lines, rejects.sort_values("Row", kind="stable").reset_index(drop=True)


def read_map(text: str) -> dict[str, str]:
    """A column map from `InvoiceNo=order_id,StockCode=sku`, or from the JSON or YAML file of that name."""
    if not text.strip():
        return {}
    path = Path(text)
    if path.suffix.lower() not in (".json", ".yml", ".yaml"):
        pairs = [part.partition("=") for part in text.split(",")]
        if any(not (name.strip() and given.strip()) for name, _, given in pairs):
            raise FileError(f"{text!r} is no column map; write it as InvoiceNo=order_id,StockCode=sku")
        return {name.strip(): given.strip() for name, _, given in pairs}
    try:
        content = path.read_text(encoding="utf-8")
        document = json.loads(content) if path.suffix.lower() == ".json" else yaml.safe_load(content)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise FileError(f"{path}: the column map cannot be read: {str(error).splitlines()[0]}") from error
    if not isinstance(document, dict) or not all(isinstance(given, str) for given in document.values()):
        raise FileError(f"{path}: a column map is a list of pairs, for instance InvoiceNo: order_id")
    return {str(name): given for name, given in document.items()}


def reasons(rejects: pd.DataFrame) -> dict[str, int]:
    """How many rows were set aside for each reason, the commonest first."""
    return {str(reason): int(rows) for reason, rows in rejects["Reason"].value_counts().items()}


def require_lines(path: Path, lines: pd.DataFrame, rejects: pd.DataFrame) -> None:
    """FileError with the commonest reasons when no line of the file can be used."""
    if lines.empty:
        told = [f"{reason} ({rows:,})" for reason, rows in reasons(rejects).items()]
        more = f" and {len(told) - REASONS_TOLD} reasons more" if len(told) > REASONS_TOLD else ""
        raise FileError(
            f"{path}: none of its {len(rejects):,} rows can be used: {', '.join(told[:REASONS_TOLD])}{more}"
        )


def require_file(path: Path) -> None:
    """FileError for a file that is missing, empty or of another kind."""
    if path.suffix.lower() not in ENDINGS:
        raise FileError(f"{path}: orders are read from CSV (.csv, .tsv, .txt) or Parquet (.parquet); save it as one")
    if not path.is_file():
        raise FileError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise FileError(f"{path}: the file is empty")


def _load(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Make the table `given`; returns the rows that are none (`Row`, `Reason`) and columns that the header lacks."""
    nothing = pd.DataFrame({"Row": pd.Series(dtype="int64"), "Reason": pd.Series(dtype="object")})
    try:
        if path.suffix.lower() == ".parquet":
            connection.execute("CREATE TABLE given AS SELECT * FROM read_parquet($1)", [str(path)])
            return nothing, []
        text = _as_utf8(path, folder)
        delimiter, width = _header(text)
        connection.execute(
            "CREATE TABLE given AS SELECT * FROM read_csv($1, delim = $2, header = true, all_varchar = true, "
            "quote = '\"', escape = '\"', null_padding = true, store_rejects = true, max_line_size = $3, "
            "parallel = false)",
            [str(text), delimiter, LARGEST_LINE],
        )
    except duckdb.Error as error:
        raise FileError(f"{path}: cannot be read as {path.suffix[1:]}: {str(error).splitlines()[0]}") from error
    broken = connection.execute('SELECT DISTINCT line AS "Row" FROM reject_errors ORDER BY line').df()
    names = [str(row[0]) for row in connection.execute("DESCRIBE given").fetchall()]
    return broken.assign(Reason=NO_ROW), names[width:]


def _as_utf8(path: Path, folder: Path) -> Path:
    """The file itself if it is UTF-8, else a copy made from Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        return path
    except UnicodeDecodeError:
        copy = folder / "utf8.csv"
    with (
        path.open(encoding="cp1252", errors="replace", newline="") as old,
        copy.open("w", encoding="utf-8", newline="") as new,
    ):
        shutil.copyfileobj(old, new, 1 << 20)
    return copy


def _header(path: Path) -> tuple[str, int]:
    """The delimiter that splits the header into most columns, and how many these are."""
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline(LARGEST_LINE)
    delimiter = max(DELIMITERS, key=header.count)
    return delimiter, len(next(csv.reader([header], delimiter=delimiter), []))


def _select_columns(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str], *, nameless: list[str]
) -> None:
    """Make the table `named`: `Row`, our columns as text with empty cells null, and whether a row is `wide`r."""
    unknown = set(columns) - {*COLUMNS, CURRENCY}
    if unknown:
        raise FileError(
            f"the column map names {', '.join(sorted(unknown))}; known are {', '.join(COLUMNS)}, {CURRENCY}"
        )
    there = {_plain(row[0]): str(row[0]) for row in connection.execute("DESCRIBE given").fetchall()}
    chosen: dict[str, str | None] = {}
    for name in (*COLUMNS, CURRENCY):
        chosen[name] = there.get(_plain(columns.get(name, name)))
        if chosen[name] is None and (name in columns or name not in (*OPTIONAL, CURRENCY)):
            raise FileError(
                f"{path}: there is no column {columns.get(name, name)!r}. It has {', '.join(there.values())}. "
                f"Name yours with a map, for instance {name}={next(iter(there.values()))}"
            )
    expressions = [
        f"nullif(trim(CAST({_quoted(given)} AS VARCHAR)), '') AS {name}"
        if given
        else f"CAST(NULL AS VARCHAR) AS {name}"
        for name, given in chosen.items()
    ]
    wide = f"coalesce({', '.join(map(_quoted, nameless))}) IS NOT NULL" if nameless else "false"
    connection.execute(
        f'CREATE TABLE named AS SELECT row_number() OVER () AS "Row", {wide} AS wide, '
        f"{', '.join(expressions)} FROM given"
    )
    connection.execute("DROP TABLE given")


def _judge(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Make the table `judged`: typed values, `Kind`, and the first reason why a row cannot be used."""
    symbols = "CASE regexp_extract(UnitPrice, '[£$€]') WHEN '£' THEN 'GBP' WHEN '$' THEN 'USD' WHEN '€' THEN 'EUR' END"
    too_long = "length(InvoiceNo) > 40 OR length(StockCode) > 40 OR length(CustomerID) > 80"
    services = ", ".join(f"'{code}'" for code in SERVICE_CODES)
    connection.execute(
        f"""
        CREATE TABLE typed AS SELECT "Row", wide, {", ".join(f"{name} AS raw_{name}" for name in COLUMNS)},
            upper(InvoiceNo) AS InvoiceNo, upper(StockCode) AS StockCode, Description,
            TRY_CAST(Quantity AS DOUBLE) AS pieces,
            {_date_expression(connection)} AS InvoiceDate,
            TRY_CAST({_price_expression()} AS DOUBLE) AS UnitPrice,
            regexp_replace(CustomerID, '\\.0+$', '') AS CustomerID, Country,
            coalesce(upper(Currency), {symbols}) AS Currency,
            row_number() OVER (PARTITION BY {", ".join(COLUMNS)} ORDER BY "Row") AS copy
        FROM named
        """
    )
    connection.execute("DROP TABLE named")
    usual = connection.execute("SELECT mode(Currency) FROM typed").fetchone()
    cancels = _cancels(connection)
    connection.execute(
        f"""
        CREATE TABLE judged AS SELECT *, CAST(if(abs(pieces) <= {MOST_PIECES}, pieces, 0) AS INTEGER) AS Quantity,
            CASE WHEN StockCode IN ({services}) OR StockCode LIKE 'GIFT!_%' ESCAPE '!' THEN 'service'
                 WHEN {cancels} THEN 'cancellation' ELSE 'sale' END AS "Kind",
            CASE WHEN wide THEN '{NO_ROW}'
                 WHEN InvoiceNo IS NULL THEN 'no InvoiceNo'
                 WHEN StockCode IS NULL THEN 'no StockCode'
                 WHEN {too_long} THEN 'an id is too long'
                 WHEN copy > 1 THEN 'exact duplicate of an earlier row'
                 WHEN pieces IS NULL OR pieces <> floor(pieces) THEN 'Quantity is not a whole number'
                 WHEN abs(pieces) > {MOST_PIECES} THEN 'Quantity above {MOST_PIECES}'
                 WHEN pieces = 0 THEN 'Quantity is zero'
                 WHEN InvoiceDate IS NULL THEN 'InvoiceDate cannot be read'
                 WHEN InvoiceDate > $1 THEN 'InvoiceDate is in the future'
                 WHEN InvoiceDate < '{FIRST_YEAR}-01-01' THEN 'InvoiceDate is before {FIRST_YEAR}'
                 WHEN UnitPrice IS NULL OR NOT isfinite(UnitPrice) THEN 'UnitPrice is not a number'
                 WHEN UnitPrice < 0 THEN 'UnitPrice is negative'
                 WHEN UnitPrice > {DEAREST} THEN 'UnitPrice above {DEAREST}'
                 WHEN Currency IS DISTINCT FROM $2 AND Currency IS NOT NULL THEN 'another currency than most rows'
                 WHEN pieces < 0 AND NOT ({cancels}) THEN 'negative Quantity but no cancellation'
                 WHEN pieces > 0 AND {cancels} THEN 'cancellation with a positive Quantity'
                 WHEN UnitPrice = 0 AND CustomerID IS NULL THEN 'price of zero and no customer (stock correction)'
            END AS "Reason"
        FROM typed
        """,
        [(now + CLOCK_SKEW).astimezone(UTC).replace(tzinfo=None), usual[0] if usual else None],
    )


def _price_expression() -> str:
    """SQL of the text of `UnitPrice` without a currency's sign, and with a decimal point for a decimal comma."""
    bare = r"regexp_replace(UnitPrice, '^[£$€]\s*|\s*[£$€]$', '', 'g')"
    comma = rf"regexp_full_match({bare}, '-?(\d+|\d{{1,3}}(\.\d{{3}})+),\d{{1,2}}')"
    return f"if({comma}, replace(replace({bare}, '.', ''), ',', '.'), {bare})"


def _cancels(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL of whether a row of `typed` is a cancellation: by its C, unless most rows with one are purchases."""
    bought = connection.execute("SELECT sum(sign(pieces)) > 0 FROM typed WHERE InvoiceNo LIKE 'C%'").fetchone()
    return "InvoiceNo LIKE 'C%'" + (" AND pieces < 0" if bought and bought[0] else "")


def _date_expression(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL that reads `InvoiceDate` in any format; month or day comes first where that fits more of the rows."""
    month, day = (_first_read(formats) for formats in (MONTH_FIRST, DAY_FIRST))
    counted = connection.execute(f"SELECT count({day}) > count({month}) FROM named").fetchone()
    slashed = day if counted and counted[0] else month
    year_first = r"if(regexp_matches(InvoiceDate, '^\d{4}'), TRY_CAST(InvoiceDate AS TIMESTAMP), NULL)"
    return f"coalesce({year_first}, {_first_read(CLEAR_DATES)}, {slashed})"


def _first_read(formats: Sequence[str]) -> str:
    reads = [f"try_strptime(InvoiceDate, '{one}')" for one in formats]
    return f"coalesce({', '.join(reads)})"


def _file_rows(accepted: np.ndarray, broken: np.ndarray) -> np.ndarray:
    """The file's row of each accepted one (counted from 1), when `broken` rows of the file were left out before it."""
    before = np.sort(broken) - 2 - np.arange(len(broken))  # accepted rows above each broken one; the header is row 1
    return accepted + 1 + np.searchsorted(before, accepted, side="left")


def _plain(name: object) -> str:
    """A column's name without case, spaces and underscores, so that `invoice_no` is found as `InvoiceNo`."""
    return str(name).lower().replace(" ", "").replace("_", "").strip("\ufeff")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
