"""A template and facts become a sentence, or None: a hole or a brace never reaches a customer.

Which wording is said follows from the seed alone, so a conversation varies and its replay is the same.
"""

from collections.abc import Mapping
from zlib import crc32

from retrieval.saying import render
from retrieval.slots import Slot
from retrieval.templates import PLACEHOLDER, Template

__all__ = ["fill", "fill_wording", "render"]


def fill(template: Template, facts: Mapping[str, object], *, seed: int | str = 0) -> str | None:
    """One wording with every slot filled from `facts`, else from the shop's own; None when none can be filled."""
    start = crc32(template.id.encode()) + (seed if isinstance(seed, int) else crc32(seed.encode()))
    count = len(template.wordings)
    for step in range(count):
        said = fill_wording(template.wordings[(start + step) % count], template.slots, facts)
        if said is not None:
            return said
    return None


def fill_wording(wording: str, slots: Mapping[str, Slot], facts: Mapping[str, object]) -> str | None:
    """`wording` with its slots filled, or None when one of them has no usable value."""
    said = {}
    for name in PLACEHOLDER.findall(wording):
        slot = slots.get(name)
        rendered = None if slot is None else render(slot, facts.get(name, slot.value), facts)
        if rendered is None:
            return None
        said[name] = rendered
    return PLACEHOLDER.sub(lambda match: said[match.group(1)], wording)
