"""The stays of a person in segments, folded from the log: entered, left, and since when."""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import text

MOST_STAYS = 20  # of one person in one segment; the latest are kept
ENTERED, LEFT = "Segment Entered", "Segment Left"


def entered(document: dict[str, Any], recorded: Recorded) -> None:
    segment_id = text(recorded.event.properties, "segment_id")
    if segment_id is None:
        return
    before = document.setdefault("segments", {}).get(segment_id, [])
    if before and before[-1]["left_at"] is None:
        return
    stay = {"entered_at": recorded.event.occurred_at.timestamp(), "left_at": None}
    document["segments"][segment_id] = [*before, stay][-MOST_STAYS:]


def left(document: dict[str, Any], recorded: Recorded) -> None:
    stays = document.get("segments", {}).get(text(recorded.event.properties, "segment_id"), [])
    if stays and stays[-1]["left_at"] is None:
        stays[-1]["left_at"] = recorded.event.occurred_at.timestamp()


def inside(document: dict[str, Any]) -> dict[str, float]:
    """The segments the person is in, and since when (epoch seconds)."""
    stays = document.get("segments", {})
    return {name: some[-1]["entered_at"] for name, some in stays.items() if some and some[-1]["left_at"] is None}
