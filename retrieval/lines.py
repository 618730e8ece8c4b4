"""YAML whose values remember their line, so that an error can say where.

Every scalar becomes a `Scalar`, every mapping `Fields`, every sequence `Items`; a key given twice is an error, which
plain PyYAML would swallow.
"""

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import TemplateError

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, if PyYAML has it: ten times as fast
DEEPEST = 100


@dataclass(frozen=True)
class Scalar:
    value: Any
    line: int


@dataclass(frozen=True)
class Fields:
    values: dict[str, "Located"]
    line: int


@dataclass(frozen=True)
class Items:
    values: tuple["Located", ...]
    line: int


Located = Scalar | Fields | Items


def read(path: Path) -> Located | None:
    """The one document in `path`, or None for an empty file; raises `TemplateError` for a syntax error."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError(path, 1, "save this file as UTF-8") from error
    return parse(text, path)


def parse(text: str, file: Path | str) -> Located | None:
    """The same of a text; `file` is what errors call it."""
    try:
        if _depth(text) > DEEPEST:
            raise TemplateError(file, 1, f"not valid YAML: more than {DEEPEST} levels inside each other")
        loader = Loader(text)
        node = loader.get_single_node()
        return None if node is None else locate(loader, node, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TemplateError(file, mark.line + 1 if mark else 1, f"not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(file, 1, f"not valid YAML: {error}") from error


def _depth(text: str) -> int:
    """How many levels are inside each other; libyaml would overflow its stack on very many."""
    opened = (
        isinstance(one, yaml.CollectionStartEvent) - isinstance(one, yaml.CollectionEndEvent)
        for one in yaml.parse(text, Loader)
    )
    return max(accumulate(opened), default=0)


def locate(loader: Any, node: yaml.Node, file: Path | str) -> Located:
    """`node` as a value with its line (counted from 1)."""
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Scalar(loader.construct_object(node), line)
    if isinstance(node, yaml.SequenceNode):
        return Items(tuple(locate(loader, item, file) for item in node.value), line)
    fields: dict[str, Located] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in fields:
            raise TemplateError(file, key.start_mark.line + 1, f"'{name}' is given twice")
        fields[name] = locate(loader, value, file)
    return Fields(fields, line)
