"""Labelled examples: any CSV file with the columns `text,label`.

A file that cannot be used as a whole is refused at its first problem, with the row at fault: training on part of a
shop's examples without saying so would be worse. Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.errors import DataError

OUT_OF_SCOPE = "out_of_scope"
SENTIMENTS = ("negative", "neutral", "positive")
COLUMNS = ("text", "label")
OFTEN_CALLED = {
    "text": ("sentence", "utterance", "message", "query", "question", "review", "review text"),
    "label": ("category", "intent", "class", "tag", "target", "labels", "sentiment"),
}
LONGEST_TEXT = 10_000
LONGEST_LABEL = 100


@dataclass(frozen=True)
class Example:
    """One labelled text."""

    text: str
    label: str


def read(path: Path, *, labels: Iterable[str] | None = None) -> list[Example]:
    """Every example of `path`; with `labels`, any other label is an error. Raises `DataError`, naming the row."""
    known = None if labels is None else set(labels)
    examples = [_example(path, number, fields, known) for number, fields in _rows(path)]
    if not examples:
        raise DataError(f"{path} has no examples, only a header; add rows of text,label.")
    return examples


def write(path: Path, examples: Iterable[Example]) -> None:
    """Write `examples` as `read` reads them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        table.writerows((example.text, example.label) for example in examples)


def require_several_labels(examples: Sequence[Example]) -> None:
    """Raise `DataError` when there is nothing to tell apart, or too little to measure: two labels with two examples."""
    counts = Counter(example.label for example in examples)
    in_scope = [label for label in counts if label != OUT_OF_SCOPE]
    if len(in_scope) < 2:
        only = in_scope[0] if in_scope else OUT_OF_SCOPE
        raise DataError(f"All rows from 2 to {len(examples) + 1} have the label {only!r}; training needs two or more.")
    if sum(counts[label] > 1 for label in in_scope) < 2:
        number, rare = next((n, e) for n, e in enumerate(examples, 2) if counts[e.label] == 1)
        raise DataError(
            f"Row {number}: {rare.label!r} has this one example only; give two labels or more a second one."
        )


def contradictions(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Pairs of rows that give the same text two labels: what is learnt of such a text is chance."""
    first: dict[str, tuple[int, str]] = {}
    found = []
    for row, example in enumerate(examples, 2):
        earlier, label = first.setdefault(example.text.casefold(), (row, example.label))
        if label != example.label:
            found.append((earlier, row))
    return found


def require_known(examples: Sequence[Example], labels: Iterable[str]) -> None:
    """Raise `DataError` unless `examples`, to validate by, have the `labels` that are learnt and no others."""
    known = set(labels)
    for number, example in enumerate(examples, 2):
        if example.label not in known | {OUT_OF_SCOPE}:
            raise DataError(f"Validation row {number}: no example to learn from has the label {example.label!r}.")
    if examples and all(example.label == OUT_OF_SCOPE for example in examples):
        raise DataError("All validation rows are out of scope; add some of the shop's intents.")


def require_sentiments(examples: Sequence[Example]) -> None:
    """Raise `DataError` unless each of the three sentiments has two examples or more, and no other label has any."""
    for number, example in enumerate(examples, 2):
        if example.label not in SENTIMENTS:
            raise DataError(f"Sentiment row {number}: {example.label!r} is none of {', '.join(SENTIMENTS)}.")
    for label in SENTIMENTS:
        if sum(example.label == label for example in examples) < 2:
            raise DataError(f"The sentiment examples need two or more rows labelled {label!r}.")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    limit = csv.field_size_limit(100_000_000)
    try:
        header = next(reader, [])
        columns = [name.strip().lower() for name in header]
        for column in COLUMNS:
            if column not in columns:
                found = ", ".join(name for name in columns if name) or "nothing"
                meant = next((name for name in columns if name in OFTEN_CALLED[column]), None)
                hint = f"; rename {meant!r} to {column!r}" if meant else ""
                raise DataError(f"{path}, row 1: the column {column!r} is missing; the header has {found}{hint}.")
        for number, fields in enumerate(reader, 2):
            if any(cell.strip() for cell in fields[len(columns) :]):
                raise DataError(
                    f"{path}, row {number}: it has {len(fields)} cells, the header {len(columns)}; a text with a comma "
                    'needs quotes, as in "hello, where is it",track_order.'
                )
            yield number, dict(zip(columns, fields, strict=False))
    except csv.Error as error:
        raise DataError(f"{path}, near line {reader.line_num}: this is not CSV ({error}).") from error
    finally:
        csv.field_size_limit(limit)


def _example(path: Path, number: int, fields: dict[str, str | None], labels: set[str] | None) -> Example:
    text, label = ((fields.get(column) or "").strip() for column in COLUMNS)
    if not text:
        raise DataError(f"{path}, row {number}: the text is empty; delete the row or write one.")
    if not label:
        raise DataError(f"{path}, row {number}: the label is empty; delete the row or give it one.")
    if len(text) > LONGEST_TEXT:
        raise DataError(f"{path}, row {number}: the text has {len(text):,} characters; {LONGEST_TEXT:,} are allowed.")
    if len(label) > LONGEST_LABEL or "\n" in label:
        raise DataError(f"{path}, row {number}: the label is not a name ({len(label):,} characters); quotes missing?")
    if labels is not None and label not in labels:
        raise DataError(f"{path}, row {number}: unknown label {label!r}; known are {', '.join(sorted(labels))}.")
    return Example(text, label)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, row {row}: not UTF-8 text; save the file as CSV in UTF-8.") from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}, row {row}: a null byte; this is not a text file, or it is UTF-16: save it as UTF-8.")
    return text
