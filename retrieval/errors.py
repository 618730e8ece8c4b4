"""Errors of `retrieval`: each has a `status` and a `message`, a plain sentence that says what to do."""

from pathlib import Path


class RetrievalError(Exception):
    """Something about the answers or their index that cannot be used; `message` is safe to show."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TemplateError(RetrievalError):
    """A template file that cannot be read; the message begins with `file:line:`."""

    def __init__(self, file: Path | str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = str(file), line, reason


class IndexRefused(RetrievalError):
    """A saved index that is missing, broken, of another format or made for other templates or another encoder."""


class TableError(RetrievalError):
    """A CSV file of questions that cannot be used; the message names file and row."""

    status = 400
