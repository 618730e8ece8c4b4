"""The CSV files of questions: `query,faq_id`, `faq_id,question,answer`, and the questions without an answer."""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path

from retrieval.errors import TableError
from retrieval.templates import Template

NO_ANSWER_FILE = "no_answer.csv"
LONGEST_CELL = 1_000_000
ALSO_CALLED = {"answer_top": "answer"}  # public FAQ sets that keep every answer call the best one so


def read_faq(path: Path) -> list[Template]:
    """One template for each `faq_id`; several rows may share one. Other columns are ignored."""
    questions: dict[str, list[str]] = {}
    answers: dict[str, list[str]] = {}
    for number, row in read_rows(path, ("faq_id", "question", "answer")):
        name, question = row["faq_id"].strip(), row["question"].strip()
        if not name or not question:
            raise TableError(f"{path}, row {number}: 'faq_id' and 'question' must not be empty")
        questions.setdefault(name, []).append(question)
        answers.setdefault(name, []).append(plain(row["answer"]))
    return [
        Template(name, wordings=tuple(filter(None, dict.fromkeys(answers[name]))), questions=tuple(asked))
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
    """Row numbers (the header is 1) and rows of a CSV file that must have `columns`; raises `TableError`."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            reader.fieldnames = [ALSO_CALLED.get(name, name) for name in reader.fieldnames or []]
            missing = [column for column in columns if column not in reader.fieldnames]
            if missing:
                raise TableError(f"{path} has no column '{missing[0]}'; it needs {', '.join(columns)}")
            rows = [(number, {name: row[name] or "" for name in columns}) for number, row in enumerate(reader, 2)]
    except FileNotFoundError as error:
        raise TableError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path} cannot be read as UTF-8 text") from error
    except csv.Error as error:
        raise TableError(f"{path} is not a valid CSV file: {error}") from error
    if not rows:
        raise TableError(f"{path} has no rows")
    return rows
