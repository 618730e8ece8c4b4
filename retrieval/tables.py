"""The CSV files of questions: `query,faq_id`, `faq_id,question,answer`, and the questions without an answer."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from retrieval.errors import TableError
from retrieval.templates import Template

NO_ANSWER_FILE = "no_answer.csv"
LONGEST_CELL = 1_000_000  # characters
NUL = "\0"
SEPARATORS = (",", ";", "\t", "|")
ALSO_CALLED = {"answer_top": "answer"}  # public FAQ sets that keep every answer call the best one so


def read_faq(path: Path) -> list[Template]:
    """One template for each `faq_id`; of several rows the answers are parts of one, unlike a template's wordings, which
    say the same. Other columns are ignored."""
    questions: dict[str, list[str]] = {}
    answers: dict[str, list[str]] = {}
    for number, row in read_rows(path, ("faq_id", "question", "answer")):
        name, question = row["faq_id"].strip(), row["question"].strip()
        if not name or not question:
            raise TableError(f"{path}, row {number}: 'faq_id' and 'question' must not be empty")
        questions.setdefault(name, []).append(question)
        answers.setdefault(name, []).append(plain(row["answer"]))
    whole = {name: " ".join(filter(None, dict.fromkeys(parts))) for name, parts in answers.items()}
    return [
        Template(name, wordings=tuple(filter(None, [whole[name]])), questions=tuple(dict.fromkeys(asked)))
        for name, asked in questions.items()
    ]


def plain(answer: str) -> str:
    """An answer on one line, without braces, which in a template would be slots."""
    return " ".join(answer.replace("{", " ").replace("}", " ").split())


def read_queries(path: Path, known: Collection[str]) -> list[tuple[str, tuple[str, ...]]]:
    """(query, the ids of what answers it: none when nothing fits, several, as `a|b`, when either is right).

    An id that is not `known` is an error.
    """
    names = set(known)
    queries: list[tuple[str, tuple[str, ...]]] = []
    for number, row in read_rows(path, ("query", "faq_id")):
        query, name = row["query"].strip(), row["faq_id"].strip()
        if not query:
            raise TableError(f"{path}, row {number}: 'query' must not be empty")
        answers = (name,) if name in names else tuple(filter(None, name.split("|")))
        for answer in answers:
            if answer not in names:
                raise TableError(f"{path}, row {number}: there is no FAQ with the id '{answer}'")
        queries.append((query, answers))
    return queries


def read_none(folder: Path) -> list[str]:
    """The shop's questions without an answer, in `no_answer.csv`; none without that file."""
    path = folder / NO_ANSWER_FILE
    if not path.exists():
        return []
    return [row["query"].strip() for _, row in read_rows(path, ("query",)) if row["query"].strip()]


def read_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Row numbers (the header is 1) and rows of a CSV file that must have `columns`; raises `TableError`.

    Commas, semicolons, tabs or bars may separate the cells; empty rows are passed over.
    """
    text = read_text(path)
    separator = next((one for one in SEPARATORS if set(columns) <= set(header(text, one))), ",")
    names = header(text, separator)
    missing = [column for column in columns if column not in names]
    if missing:
        raise TableError(f"{path} has no column '{missing[0]}'; it needs {', '.join(columns)}")
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in numbered(path, text, separator):
        if number > 1 and any(cell.strip() for cell in cells):
            if any(cell.strip() for cell in cells[len(names) :]):
                raise TableError(f"{path}, row {number}: it has more cells than the header; put such texts in quotes")
            filled = [*cells, *[""] * (len(names) - len(cells))]
            rows.append((number, {name: filled[names.index(name)] for name in columns}))
    if not rows:
        raise TableError(f"{path} has no rows")
    return rows


def read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise TableError(f"there is no file {path}") from error
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8") from error


def header(text: str, separator: str) -> list[str]:
    cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    names = [cell.strip().lower() for cell in cells]
    return [ALSO_CALLED.get(name, name) for name in names]


def numbered(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, counted from 1; raises `TableError` for the first that cannot be read."""
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            if any(NUL in cell for cell in cells):
                raise TableError(f"{path}, row {number}: it has a NUL byte, which no text has; save it as UTF-8")
            yield number, cells
    except csv.Error as error:
        large = f"a cell has more than {LONGEST_CELL:,} characters"
        reason = large if "limit" in str(error) else f"its quotes do not match ({error})"
        raise TableError(f"{path}, row {number + 1}: {reason}") from error
