"""Condition trees: `{"all": […]}`, `{"any": […]}`, `{"not": …}` and `{"field", "is", "value"}`, checked when read.

Hysteresis: somebody who is inside stays until a number is a tenth (`SLACK`) beyond its limit, or what its field gives
at least, so that nobody flaps. The slack only ever helps to stay, also below a `not`: whoever may enter may stay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Protocol

from insight.errors import SegmentError
from insight.profile.view import Profile
from insight.segments.fields import Field, find, known

SLACK = 0.1
DEEPEST, MOST_LEAVES, LONGEST_TEXT = 8, 50, 200
AT_LEAST, AT_MOST = (">=", ">"), ("<=", "<")
COMPARE: Mapping[str, Callable[[float, float], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}
ALLOWED = {"number": (*COMPARE, "=", "!="), "text": ("=", "!=", "in"), "flag": ("=",)}
WORDS = {
    ">=": "is at least",
    ">": "is above",
    "<=": "is at most",
    "<": "is below",
    "=": "is",
    "!=": "is not",
    "in": "is one of",
}


class Condition(Protocol):
    def holds(self, profile: Profile, *, inside: bool, lenient: bool = True) -> bool:
        """Whether it is true of `profile`; `inside`: with slack, which `lenient` says to give or to take."""

    def sentence(self) -> str: ...

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Every:
    parts: tuple[Condition, ...]

    def holds(self, profile: Profile, *, inside: bool, lenient: bool = True) -> bool:
        return all(part.holds(profile, inside=inside, lenient=lenient) for part in self.parts)

    def sentence(self) -> str:
        return _joined(self.parts, " and ")

    def as_json(self) -> dict[str, Any]:
        return {"all": [part.as_json() for part in self.parts]}


@dataclass(frozen=True)
class Some:
    parts: tuple[Condition, ...]

    def holds(self, profile: Profile, *, inside: bool, lenient: bool = True) -> bool:
        return any(part.holds(profile, inside=inside, lenient=lenient) for part in self.parts)

    def sentence(self) -> str:
        return _joined(self.parts, " or ")

    def as_json(self) -> dict[str, Any]:
        return {"any": [part.as_json() for part in self.parts]}


@dataclass(frozen=True)
class Not:
    part: Condition

    def holds(self, profile: Profile, *, inside: bool, lenient: bool = True) -> bool:
        return not self.part.holds(profile, inside=inside, lenient=not lenient)

    def sentence(self) -> str:
        return f"not ({self.part.sentence()})"

    def as_json(self) -> dict[str, Any]:
        return {"not": self.part.as_json()}


@dataclass(frozen=True)
class Asked:
    """One field compared with one value."""

    name: str
    compare: str
    value: Any
    field: Field

    def holds(self, profile: Profile, *, inside: bool, lenient: bool = True) -> bool:
        found = self.field.read(profile)
        if found is None:
            return False
        if self.compare in COMPARE:
            slack = max(SLACK * abs(self.value), self.field.slack) if inside else 0.0
            down = (self.compare in AT_LEAST) == lenient
            return COMPARE[self.compare](found, self.value - slack if down else self.value + slack)
        if self.compare == "in":
            return found in self.value
        return (found == self.value) == (self.compare == "=")

    def sentence(self) -> str:
        if self.field.kind == "flag":
            return self.field.says if self.value else f"not ({self.field.says})"
        value = ", ".join(self.value) if self.compare == "in" else self.value
        return f"{self.field.says} {WORDS[self.compare]} {value}"

    def as_json(self) -> dict[str, Any]:
        return {
            "field": self.name,
            "is": self.compare,
            "value": list(self.value) if self.compare == "in" else self.value,
        }


def parse(document: object) -> Condition:
    """The condition that `document` (plain JSON) says; raises SegmentError naming the place that is wrong."""
    leaves = [0]
    return _parse(document, "rule", 1, leaves)


def _parse(document: object, where: str, depth: int, leaves: list[int]) -> Condition:
    if not isinstance(document, Mapping):
        raise SegmentError(f"{where}: must be an object with `all`, `any`, `not` or `field`")
    if depth > DEEPEST:
        raise SegmentError(f"{where}: is nested deeper than {DEEPEST}")
    if "field" in document:
        leaves[0] += 1
        if leaves[0] > MOST_LEAVES:
            raise SegmentError(f"{where}: a rule may ask {MOST_LEAVES} fields")
        return _leaf(document, where)
    if len(document) != 1 or not set(document) <= {"all", "any", "not"}:
        raise SegmentError(f"{where}: must have one of `all`, `any`, `not`, or a `field`")
    (kind, inner), *_ = document.items()
    if kind == "not":
        return Not(_parse(inner, f"{where}.not", depth + 1, leaves))
    if not isinstance(inner, list) or not inner:
        raise SegmentError(f"{where}.{kind}: must be a list with at least one condition")
    parts = tuple(_parse(one, f"{where}.{kind}.{place}", depth + 1, leaves) for place, one in enumerate(inner))
    return Every(parts) if kind == "all" else Some(parts)


def _leaf(document: Mapping[Any, Any], where: str) -> Asked:
    unknown = set(document) - {"field", "is", "value"}
    if unknown:
        raise SegmentError(f"{where}: {sorted(map(str, unknown))[0]!r} is not part of a condition")
    name = document["field"]
    field = find(name) if isinstance(name, str) and len(name) <= LONGEST_TEXT else None
    if field is None:
        raise SegmentError(f"{where}.field: there is no {name!r}; choose from {known()}")
    compare = document.get("is", "=")
    if compare not in ALLOWED[field.kind]:
        raise SegmentError(f"{where}.is: {name} is a {field.kind}; choose from {', '.join(ALLOWED[field.kind])}")
    return Asked(name, compare, _value(document.get("value", True), field, compare, f"{where}.value"), field)


def _value(value: object, field: Field, compare: str, where: str) -> Any:
    if field.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise SegmentError(f"{where}: must be a number")
        return value
    if field.kind == "flag":
        if not isinstance(value, bool):
            raise SegmentError(f"{where}: must be true or false")
        return value
    if compare == "in":
        if not isinstance(value, list) or not value or not all(_is_text(one) for one in value):
            raise SegmentError(f"{where}: must be a list of texts")
        return tuple(value)
    if not _is_text(value):
        raise SegmentError(f"{where}: must be a text")
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT


def _joined(parts: tuple[Condition, ...], word: str) -> str:
    return word.join(f"({part.sentence()})" if isinstance(part, Every | Some) else part.sentence() for part in parts)
