import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insight import orders
from insight.errors import FileError

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
GOOD = "536365,85123A,WHITE LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"
NOW = datetime(2026, 6, 15, tzinfo=UTC)


def written(folder: Path, *rows: str, header: str = HEADER, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


def reasons(path: Path, **options) -> list[tuple[int, str]]:
    _, rejects = orders.read(path, now=NOW, **options)
    return list(zip(rejects["Row"], rejects["Reason"], strict=True))


def test_a_good_line_is_typed(tmp_path: Path) -> None:
    lines, rejects = orders.read(written(tmp_path, GOOD))
    assert rejects.empty
    line = lines.iloc[0]
    assert (line.Row, line.InvoiceNo, line.StockCode, line.Quantity, line.UnitPrice) == (2, "536365", "85123A", 6, 2.55)
    assert line.InvoiceDate == datetime(2010, 12, 1, 8, 26)
    assert (line.CustomerID, line.Kind) == ("17850", "sale")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",A,Cup,1,2020-01-01,1,7,UK", "no InvoiceNo"),
        ("1,,Cup,1,2020-01-01,1,7,UK", "no StockCode"),
        ("1,A,Cup,two,2020-01-01,1,7,UK", "Quantity is not a whole number"),
        ("1,A,Cup,1.5,2020-01-01,1,7,UK", "Quantity is not a whole number"),
        ("1,A,Cup,0,2020-01-01,1,7,UK", "Quantity is zero"),
        ("1,A,Cup,-2,2020-01-01,1,7,UK", "negative Quantity but no cancellation"),
        ("1,A,Cup,99999999,2020-01-01,1,7,UK", "Quantity above 1000000"),
        ("1,A,Cup,1,yesterday,1,7,UK", "InvoiceDate cannot be read"),
        ("1,A,Cup,1,2031-01-01,1,7,UK", "InvoiceDate is in the future"),
        ("1,A,Cup,1,1970-01-01,1,7,UK", "InvoiceDate is before 1990"),
        ("1,A,Cup,1,2020-01-01,,7,UK", "UnitPrice is not a number"),
        ("1,A,Cup,1,2020-01-01,nan,7,UK", "UnitPrice is not a number"),
        ('1,A,Cup,1,2020-01-01,"1,234",7,UK', "UnitPrice is not a number"),
        ("1,A,Cup,1,2020-01-01,-1,7,UK", "UnitPrice is negative"),
        ("1,A,Cup,1,2020-01-01,0,,UK", "price of zero and no customer (stock correction)"),
        (f"{'9' * 41},A,Cup,1,2020-01-01,1,7,UK", "an id is too long"),
        (GOOD, "exact duplicate of an earlier row"),
        ("1,A,Cup,1,2020-01-01,1,7,UK,one cell too many", orders.NO_ROW),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_set_aside_with_its_number_and_reason(
    tmp_path: Path, row: str, reason: str
) -> None:
    other = "2,B,Mug,1,2020-01-01 10:00:00,3,7,UK"
    path = written(tmp_path, GOOD, row, other)
    lines, rejects = orders.read(path, now=NOW)
    assert list(zip(rejects["Row"], rejects["Reason"], strict=True)) == [(3, reason)]
    assert list(lines["Row"]) == [2, 4]


def test_lines_without_customer_cancellations_and_services_are_kept_and_told_apart(tmp_path: Path) -> None:
    path = written(
        tmp_path, GOOD, "C1,85123A,X,-1,2020-01-01,2.55,17850,UK", "1,POST,POSTAGE,1,2020-01-01,18,7,UK",
        "1,A,Cup,1,2020-01-01,2,,UK", "1,gift_0001_20,Voucher,1,2020-01-01,20,7,UK",
    )  # fmt: skip
    lines, rejects = orders.read(path)
    assert rejects.empty
    assert list(lines["Kind"]) == ["sale", "cancellation", "service", "sale", "service"]
    assert list(lines["CustomerID"].isna()) == [False, False, False, True, False]


def test_an_invoice_with_c_cancels_only_where_most_of_these_take_something_back(tmp_path: Path) -> None:
    def cups(*pieces: int) -> Path:
        return written(tmp_path, *(f"CA-{row},A,Cup,{count},2020-01-01,1,7,UK" for row, count in enumerate(pieces)))

    lines, rejects = orders.read(cups(1, 2, -1))
    assert rejects.empty
    assert list(lines["Kind"]) == ["sale", "sale", "cancellation"]
    assert reasons(cups(1, -2, -1)) == [(2, "cancellation with a positive Quantity")]


def test_a_file_of_which_nothing_can_be_used_is_refused_with_the_commonest_reasons(tmp_path: Path) -> None:
    path = written(tmp_path, *(f"{row},A,Cup,{pieces},2020-01-01,1,7,UK" for row, pieces in enumerate([0, -1, -2])))
    lines, rejects = orders.read(path)
    assert orders.reasons(rejects) == {"negative Quantity but no cancellation": 2, "Quantity is zero": 1}
    with pytest.raises(FileError, match=r"none of its 3 rows can be used: negative .* \(2\), Quantity is zero \(1\)$"):
        orders.require_lines(path, lines, rejects)


@pytest.mark.parametrize(
    ("written_as", "price"), [("12,50", 12.5), ("1.234,5", 1234.5), ("€ 7,20", 7.2), ("7,20 €", 7.2), ("12.50", 12.5)]
)
def test_a_price_may_have_a_decimal_comma(tmp_path: Path, written_as: str, price: float) -> None:
    header, row = (text.replace(",", ";") for text in (HEADER, "1,A,Cup,1,2020-01-01,PRICE,7,UK"))
    lines, _ = orders.read(written(tmp_path, row.replace("PRICE", written_as), header=header))
    assert list(lines["UnitPrice"]) == [price]


def test_formats_of_dates_may_be_mixed_where_it_is_clear_what_each_means(tmp_path: Path) -> None:
    days = ["2020-03-01 10:00:00", "1.3.2020", "01.03.2020 10:00", "1/3/2020", "31/3/20 10:00", "31/3/2020"]
    path = written(tmp_path, *(f"{row},A,Cup,1,{day},1,7,UK" for row, day in enumerate([*days, "3/31/2020"])))
    lines, rejects = orders.read(path)
    assert [(date.day, date.month) for date in lines["InvoiceDate"]] == [(1, 3)] * 4 + [(31, 3)] * 2
    assert list(rejects["Reason"]) == ["InvoiceDate cannot be read"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    header, row = (text.replace(",", delimiter) for text in (HEADER, GOOD.replace("WHITE", "CAFÉ £5")))
    lines, rejects = orders.read(written(tmp_path, row, header=header, encoding=encoding))
    assert rejects.empty
    assert lines["Description"][0] == "CAFÉ £5 LIGHT HOLDER"


@pytest.mark.parametrize(
    ("written_as", "day"),
    [
        ("12/1/2010 8:26", (2010, 12, 1)),
        ("25/12/2010 8:26", (2010, 12, 25)),
        ("25.12.2010 08:26", (2010, 12, 25)),
        ("2010-12-01T08:26:00", (2010, 12, 1)),
        ("20101225", (2010, 12, 25)),
    ],
)
def test_dates_are_read_in_the_files_own_format(tmp_path: Path, written_as: str, day: tuple[int, int, int]) -> None:
    lines, _ = orders.read(written(tmp_path, f"1,A,Cup,1,{written_as},1,7,UK"))
    assert lines["InvoiceDate"][0].date() == datetime(*day).date()


def test_other_column_names_come_by_a_map_or_by_likeness(tmp_path: Path) -> None:
    path = written(tmp_path, "1,A,2,2020-01-01,1.5,7", header="order_id,SKU,qty,invoice_date,Unit Price,customer id")
    columns = orders.read_map("InvoiceNo=order_id,StockCode=sku,Quantity=qty")
    lines, _ = orders.read(path, columns)
    assert (lines["InvoiceNo"][0], lines["UnitPrice"][0], lines["CustomerID"][0]) == ("1", 1.5, "7")
    for name, text in (("map.json", '{"InvoiceNo": "order_id"}'), ("map.yml", "InvoiceNo: order_id")):
        (tmp_path / name).write_text(text)
        assert orders.read_map(str(tmp_path / name)) == {"InvoiceNo": "order_id"}


@pytest.mark.parametrize("text", ["InvoiceNo", "InvoiceNo=", "missing.json"])
def test_a_map_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(FileError):
        orders.read_map(text)


def test_rows_in_another_currency_are_set_aside(tmp_path: Path) -> None:
    rows = [f"{number},A,Cup,1,2020-01-01,1,7,UK,GBP" for number in range(3)]
    path = written(tmp_path, *rows, "9,A,Cup,1,2020-01-01,1,7,FR,EUR", header=HEADER + ",Currency")
    assert reasons(path) == [(5, "another currency than most rows")]
    signs = written(
        tmp_path, "1,A,Cup,1,2020-01-01,£1.50,7,UK", "2,A,Cup,1,2020-01-01,£2,7,UK", "3,A,Cup,1,2020-01-01,€2,7,FR"
    )
    assert reasons(signs) == [(4, "another currency than most rows")]


def test_parquet_reads_like_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "InvoiceNo": ["1", "1", "C2"],
            "StockCode": ["A", "A", "A"],
            "Description": ["Cup", None, "Cup"],
            "Quantity": [1, 2, -1],
            "InvoiceDate": pd.to_datetime(["2020-01-01 10:00", "2020-01-01 10:00", "2020-02-01 00:00"]),
            "UnitPrice": [1.1, 1.1, 1.1],
            "CustomerID": pd.array([17850, None, 17850], dtype="Int64"),
            "Country": ["UK"] * 3,
        }
    )
    frame.to_parquet(tmp_path / "orders.parquet")
    lines, rejects = orders.read(tmp_path / "orders.parquet")
    assert rejects.empty
    assert list(lines["CustomerID"].fillna("")) == ["17850", "", "17850"]
    assert list(lines["Quantity"]) == [1, 2, -1]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("orders.csv", "", "empty"),
        ("orders.csv", HEADER + "\n", "no row"),
        ("orders.csv", "InvoiceNo,StockCode\n1,A\n", "no column 'Quantity'"),
        ("orders.xlsx", "PK", "CSV"),
        ("orders.parquet", "not parquet at all", "cannot be read"),
    ],
)
def test_a_file_that_is_no_orders_file_is_refused(tmp_path: Path, name: str, content: str, why: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FileError, match=why):
        orders.read(tmp_path / name)
    with pytest.raises(FileError, match="no such file"):
        orders.read(tmp_path / "missing.csv")


cell = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='",;\t|'), min_size=0, max_size=12
)
row = st.one_of(
    st.tuples(cell, cell, cell, cell, cell, cell, cell, cell),
    st.tuples(
        st.sampled_from(["1", "C2", "3"]), st.sampled_from(["A", "B", "POST"]), cell,
        st.integers(-5, 5).map(str), st.just("2020-01-01 10:00:00"),
        st.decimals(-2, 50, places=2).map(str), st.sampled_from(["", "7", "8"]), cell,
    ),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(row, min_size=1, max_size=15))
def test_every_row_is_either_used_or_set_aside_and_used_ones_are_sound(tmp_path: Path, rows: list) -> None:
    path = written(tmp_path, *(",".join(f'"{value}"' for value in cells) for cells in rows))
    lines, rejects = orders.read(path, now=NOW)
    assert sorted([*lines["Row"], *rejects["Row"]]) == list(range(2, len(rows) + 2))
    assert rejects["Reason"].notna().all()
    assert (lines["Quantity"] != 0).all()
    assert (lines["UnitPrice"] >= 0).all()
    assert not lines[["InvoiceNo", "StockCode", "InvoiceDate"]].isna().any().any()
    assert lines[lines["Quantity"] < 0]["InvoiceNo"].str.startswith("C").all()


def test_a_sample_of_a_real_shops_file_is_read_to_the_last_row(tmp_path: Path) -> None:
    folder = Path(os.environ.get("SHOPKEEPER_DATA", "missing")) / "online_retail"
    files = sorted(folder.glob("*.parquet"))
    if not files:
        pytest.skip("needs the online_retail file: set SHOPKEEPER_DATA to the evaluation data")
    sample = pd.read_parquet(files[0]).iloc[:20_000]
    sample.to_parquet(tmp_path / "sample.parquet")
    lines, rejects = orders.read(tmp_path / "sample.parquet")
    assert len(lines) + len(rejects) == 20_000
    assert len(lines) > 19_000
    assert {"cancellation", "sale", "service"} == set(lines["Kind"])
