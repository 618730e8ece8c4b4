"""A list whose rows keep their elements, and keep their places while somebody points at them.

A row that is drawn anew under a pressed pointer loses the click, and one that moves away gives it to another.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from nicegui import ui

POINTED_S = 10.0  # after the last move: who rests longer does not aim
SIGNS = ("pointermove", "pointerdown", "focusin")


class Drawn(Protocol):
    """A row, all of which is in `element`."""

    @property
    def element(self) -> ui.element: ...


T = TypeVar("T", bound=Drawn)


class SteadyList(Generic[T]):
    """Draws itself into the current container; `make(key)` draws a row there."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._rows: dict[str, T] = {}
        self._pointed_until = 0.0
        self._items = ui.element("div").classes("items")
        for sign in SIGNS:
            self._items.on(sign, self._pointed, args=[], throttle=1.0)
        self._items.on("pointerleave", self.let_go, args=[])

    def show(self, keys: Sequence[str], *, selected: str | None = None) -> Mapping[str, T]:
        """The rows by key, in the order of `keys`, one marked as open.

        While somebody points, the rows that stand there stay and new ones come below.
        """
        order = list(keys)
        if time.monotonic() < self._pointed_until:
            order = [*self._rows, *(key for key in keys if key not in self._rows)]
        for key in self._rows.keys() - set(order):
            self._rows.pop(key).element.delete()
        with self._items:
            self._rows = {key: self._rows.get(key) or self._make(key) for key in order}
        for place, row in enumerate(self._rows.values()):
            if self._items.default_slot.children[place] is not row.element:
                row.element.move(self._items, place)
        for key, row in self._rows.items():
            row.element.classes(**{"add" if key == selected else "remove": "selected"})
            row.element.props(f'aria-current="{str(key == selected).lower()}"')
        return self._rows

    def let_go(self) -> None:
        """From here on rows may move: the pointer has left, or the agent did something."""
        self._pointed_until = 0.0

    def _pointed(self) -> None:
        self._pointed_until = time.monotonic() + POINTED_S
