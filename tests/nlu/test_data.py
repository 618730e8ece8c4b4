"""Reading labelled examples: what is wrong is said with the row."""

from pathlib import Path

import pytest

from nlu.data import Example, contradictions, read, require_sentiments, require_several_labels
from nlu.errors import DataError


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "examples.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(folder: Path, content: str | bytes, **options) -> str:
    with pytest.raises(DataError) as refusal:
        read(write(folder, content), **options)
    return refusal.value.message


def test_reads_quoted_multiline_unicode_and_extra_columns(tmp_path):
    path = write(tmp_path, '\ufefflabel,id,text\ngreet,1,"hello, ""you""\nthere"\nthanks,2,merci 🙏\n')
    assert read(path) == [Example('hello, "you"\nthere', "greet"), Example("merci 🙏", "thanks")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,intent\nhi,greet\n", "row 1: the column 'label' is missing"),
        ("text,category\nhi,greet\n", "the header has text, category; rename 'category' to 'label'"),
        ("Review Text,label\nhi,greet\n", "rename 'review text' to 'text'"),
        ("", "row 1: the column 'text' is missing"),
        ("text,label\n", "only a header"),
        ("text,label\nhi,greet\n,greet\n", "row 3: the text is empty"),
        ("text,label\nhi,greet\n\nyo,greet\n", "row 3: the text is empty"),
        ("text,label\nhi,greet\nyo,\n", "row 3: the label is empty"),
        ("text,label\nhi,greet\nyo\n", "row 3: the label is empty"),
        ("text,label\nhi,greet\n" + "a" * 10_000_000 + ",greet\n", "row 3: the text has 10,000,000 characters"),
        (b"text,label\nhi,greet\ncaf\xe9,greet\n", "row 3: not UTF-8"),
        ("text,label\nhi,greet\n".encode("utf-16-le"), "UTF-8"),
        ('text,label\nhi,greet\n"open,greet\n', "this is not CSV"),
        (
            "text,label\nhi,greet\nhello, where is it,track\n",
            "row 3: it has 3 cells, the header 2; a text with a comma needs quotes",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_row(tmp_path, content, said):
    assert said in refused(tmp_path, content)


def test_a_label_that_the_model_does_not_know_is_named(tmp_path):
    message = refused(tmp_path, "text,label\nhi,greet\nyo,gret\n", labels=["greet"])
    assert "row 3" in message and "'gret'" in message


def test_a_folder_is_a_clear_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_rows_that_contradict_each_other_are_found():
    rows = [Example("Hi", "greet"), Example("ta", "thanks"), Example("hi", "thanks"), Example("ta", "thanks")]
    assert contradictions(rows) == [(2, 4)]


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "none.csv")


def test_one_class_or_a_lone_example_cannot_be_trained():
    with pytest.raises(DataError, match="rows from 2 to 3 have the label 'greet'"):
        require_several_labels([Example("hi", "greet"), Example("hello", "greet")])
    with pytest.raises(DataError, match="Row 4: 'thanks'"):
        require_several_labels([Example("hi", "a"), Example("b", "a"), Example("ta", "thanks")])
    rare = [Example("hi", "a"), Example("hey", "a"), Example("b", "b"), Example("bb", "b"), Example("ta", "thanks")]
    require_several_labels(rare)


def test_sentiments_must_be_the_three_known_ones():
    with pytest.raises(DataError, match="row 2: 'happy'"):
        require_sentiments([Example("yes", "happy")])
    with pytest.raises(DataError, match="'neutral'"):
        require_sentiments([Example(str(n), label) for n in range(2) for label in ("negative", "positive")])


def test_empty_cells_behind_the_last_column_are_nothing(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("text,label\nhi,greet,,\n")
    assert read(path) == [Example("hi", "greet")]
