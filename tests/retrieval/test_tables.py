"""CSV files of questions."""

import pytest

from retrieval.errors import TableError
from retrieval.tables import read_faq, read_none, read_queries


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_rows_that_share_an_id_are_one_answer(file):
    faq = read_faq(
        file("\ufefffaq_id,question,answer,more\n1,How?,So {x}.,z\n2,Why?,Thus.,z\n1,In what way?,So {x}.,z\n")
    )
    assert [(t.id, t.questions, t.wordings) for t in faq] == [
        ("1", ("How?", "In what way?"), ("So x .",)),
        ("2", ("Why?",), ("Thus.",)),
    ]


def test_a_query_without_an_id_fits_nothing(file):
    assert read_queries(file("query,faq_id\nwhere?,1\nmoon?,\n"), ["1"]) == [("where?", ("1",)), ("moon?", ())]


def test_a_query_may_have_two_answers(file):
    assert read_queries(file("query,faq_id\nwhere?,1|2\n"), ["1", "2"]) == [("where?", ("1", "2"))]
    assert read_queries(file("query,faq_id\nwhere?,1|2\n"), ["1|2"]) == [("where?", ("1|2",))]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("question,answer\nx,y\n", "no column 'faq_id'"),
        ("faq_id,question,answer\n,x,y\n", "row 2: 'faq_id' and 'question'"),
        ("faq_id,question,answer\n", "has no rows"),
        ("", "no column"),
        (b"faq_id,question,answer\n1,\xff,y\n", "UTF-8"),
        (b"faq_id,question,answer\n1," + b"x" * 2_000_000 + b",y\n", "field larger"),
    ],
)
def test_an_faq_that_cannot_be_used_is_explained(file, text, reason):
    with pytest.raises(TableError, match=reason):
        read_faq(file(text))


def test_a_query_of_an_unknown_answer_is_named_with_its_row(file):
    with pytest.raises(TableError, match="row 3: there is no FAQ with the id '9'"):
        read_queries(file("query,faq_id\na,1\nb,9\n"), ["1"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TableError, match=r"there is no file .*faq\.csv"):
        read_faq(tmp_path / "faq.csv")


def test_a_shop_need_not_list_questions_without_an_answer(tmp_path):
    assert read_none(tmp_path) == []
