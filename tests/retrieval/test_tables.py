"""CSV files of questions."""

import pytest

from retrieval.build import assemble
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


def test_the_answers_of_one_id_are_parts_of_one(file):
    (faq,) = read_faq(file("faq_id,question,answer\n1,How?,First so.\n1,How?,Then thus.\n1,And?,First so.\n"))
    assert (faq.questions, faq.wordings) == (("How?", "And?"), ("First so. Then thus.",))


def test_a_query_without_an_id_fits_nothing(file):
    assert read_queries(file("query,faq_id\nwhere?,1\nmoon?,\n"), ["1"]) == [("where?", ("1",)), ("moon?", ())]


def test_a_query_may_have_two_answers(file):
    assert read_queries(file("query,faq_id\nwhere?,1|2\n"), ["1", "2"]) == [("where?", ("1", "2"))]
    assert read_queries(file("query,faq_id\nwhere?,1|2\n"), ["1|2"]) == [("where?", ("1|2",))]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("question,answer\nx,y\n", "no column 'faq_id'"),
        ("1,How?,So.\n", "no column 'faq_id'"),
        ("faq_id,question,answer\n,x,y\n", "row 2: 'faq_id' and 'question'"),
        ("faq_id,question,answer\n1,x,y\n\n2, ,y\n", "row 4: 'faq_id' and 'question'"),
        ("faq_id,question,answer\n", "has no rows"),
        ("faq_id,question,answer\n,,\n", "has no rows"),
        ("", "no column"),
        ("faq_id,question,answer\n1,x,y\n2,well, you see,y\n", "row 3: it has more cells than the header"),
        ('faq_id,question,answer\n1,x,y\n2,"x,y\n3,x,y\n', "row 3: its quotes do not match"),
        ('faq_id,question,answer\n1,"x" z,y\n', "row 2: its quotes do not match"),
        ("faq_id,question,answer\n1,Können,y\n2,größer,y\n".encode("latin-1"), "line 2: this is not UTF-8 text"),
        ("faq_id,question,answer\n1,x,y\n".encode("utf-16"), "line 1: this is not UTF-8 text"),
        ("faq_id,question,answer\n1,x,y\n2,a \0 in it,y\n", "row 3: it has a NUL byte"),
        (b"faq_id,question,answer\n1,x,y\n2," + b"x" * 10_000_000 + b",y\n", "row 3: a cell has more than 1,000,000"),
    ],
)
def test_an_faq_that_cannot_be_used_is_explained(file, text, reason):
    with pytest.raises(TableError, match=reason):
        read_faq(file(text))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_cells_may_be_separated_otherwise(file, separator):
    rows = ["FAQ_ID , question,answer", '1,"How, or why; or | what?",So.', "1,How?,So.", "", "1,How?,So."]
    cells = [row.split(",") if '"' not in row else ["1", '"How, or why; or | what?"', "So."] for row in rows]
    text = "\r\n".join(separator.join(row) for row in cells)
    (faq,) = read_faq(file(text))
    assert (faq.questions, faq.wordings) == (("How, or why; or | what?", "How?"), ("So.",))
    asked = file(f"query{separator}faq_id\nwhere?{separator}1\nmoon?{separator}\nmoon?\n")
    assert read_queries(asked, ["1"]) == [("where?", ("1",)), ("moon?", ()), ("moon?", ())]


def test_a_cell_may_have_several_lines_and_quotes(file):
    (faq,) = read_faq(file('faq_id,question,answer\n1,"What is\na ""faq""?","So\nit is."\n'))
    assert (faq.questions, faq.wordings) == (('What is\na "faq"?',), ("So it is.",))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(TableError, match="cannot be read"):
        read_faq(tmp_path)


@pytest.mark.parametrize("answer", ["", "Hold the button."])
def test_an_faq_of_one_question_is_searched(file, fake, answer):
    faq = read_faq(file(f"faq_id,question,answer\n1,how do I reset it,{answer}\n"))
    searcher = assemble(faq, fake, model="fake", none=["what is the weather", "sing a song"])
    (hit,) = searcher.search("how to reset it", fake(["how to reset it"])[0])
    assert hit.template_id == "1"


def test_a_query_of_an_unknown_answer_is_named_with_its_row(file):
    with pytest.raises(TableError, match="row 3: there is no FAQ with the id '9'"):
        read_queries(file("query,faq_id\na,1\nb,9\n"), ["1"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TableError, match=r"there is no file .*faq\.csv"):
        read_faq(tmp_path / "faq.csv")


def test_a_shop_need_not_list_questions_without_an_answer(tmp_path):
    assert read_none(tmp_path) == []
