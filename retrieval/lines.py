"""YAML whose values remember their line, so that an error can say where.

Every scalar becomes a `Scalar`, every mapping `Fields`, every sequence `Items`; a key given twice is an error, which
plain PyYAML would swallow.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import TemplateError


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
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        return None if node is None else locate(loader, node, path)
    except UnicodeDecodeError as error:
        raise TemplateError(path, 1, "save this file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TemplateError(path, mark.line + 1 if mark else 1, f"not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(path, 1, f"not valid YAML: {error}") from error


def locate(loader: yaml.SafeLoader, node: yaml.Node, path: Path) -> Located:
    """`node` as a value with its line (counted from 1)."""
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Scalar(loader.construct_object(node), line)
    if isinstance(node, yaml.SequenceNode):
        return Items(tuple(locate(loader, item, path) for item in node.value), line)
    fields: dict[str, Located] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in fields:
            raise TemplateError(path, key.start_mark.line + 1, f"'{name}' is given twice")
        fields[name] = locate(loader, value, path)
    return Fields(fields, line)
