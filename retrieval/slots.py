"""Slots: named, typed places in an answer."""

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from retrieval.errors import TemplateError
from retrieval.lines import Fields, Items, Located, Scalar

SlotType = Literal["text", "number", "count", "money", "date", "list"]
SLOT_KEYS = {"type", "value", "one", "many"}
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Slot:
    """A named, typed place in a wording. `value`: the shop's own fact, or None when the caller brings it."""

    name: str
    type: SlotType
    value: object = None
    one: str = ""
    many: str = ""
    currency: str = ""


def read_slots(located: Located, file: str) -> dict[str, Slot]:
    """Slots of a mapping name -> type, or name -> {type, value, one, many}."""
    if not isinstance(located, Fields):
        raise TemplateError(file, located.line, "slots are written as 'name: type', one a line")
    return {name: read_slot(name, item, file) for name, item in located.values.items()}


def read_slot(name: str, item: Located, file: str) -> Slot:
    if not IDENTIFIER.fullmatch(name):
        raise TemplateError(file, item.line, f"the slot name '{name}' may have only a-z, 0-9 and _")
    values = {"type": item.value} if isinstance(item, Scalar) else plain(expect_fields(item, file, SLOT_KEYS))
    if values.get("type") not in get_args(SlotType):
        raise TemplateError(file, item.line, f"'{name}' needs a type: one of {', '.join(get_args(SlotType))}")
    one = str(values.get("one", ""))
    if values["type"] == "count" and not one:
        raise TemplateError(file, item.line, f"'{name}' is a count: say of what, as in 'one: day'")
    return Slot(name, cast(SlotType, values["type"]), values.get("value"), one, str(values.get("many", f"{one}s")))


def plain(fields: Fields) -> dict[str, object]:
    """A mapping of scalars and lists of scalars without their lines."""
    return {name: unwrap(value) for name, value in fields.values.items()}


def unwrap(located: Located) -> object:
    if isinstance(located, Scalar):
        return located.value
    return [unwrap(item) for item in located.values] if isinstance(located, Items) else plain(located)


def expect_fields(item: Located, file: str, allowed: set[str]) -> Fields:
    if not isinstance(item, Fields):
        raise TemplateError(file, item.line, f"expected fields: {', '.join(sorted(allowed))}")
    if unknown := sorted(set(item.values) - allowed):
        line = item.values[unknown[0]].line
        raise TemplateError(file, line, f"unknown field '{unknown[0]}': use {', '.join(sorted(allowed))}")
    return item


def lines_of(located: Located) -> dict[str, int]:
    return {name: value.line for name, value in located.values.items()} if isinstance(located, Fields) else {}
