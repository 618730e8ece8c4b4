"""What the refresh predicted of a person, folded from the log; the newest says it all."""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import mapping, number, text

EVENT = "Scores Predicted"  # its `scores`: name -> value, model, reasons


def predicted(document: dict[str, Any], recorded: Recorded) -> None:
    """A score that is not there any more is not predicted any more."""
    at = recorded.event.occurred_at.timestamp()
    told = mapping(recorded.event.properties, "scores")
    document["scores"] = {
        str(name): {
            "value": number(score, "value"),
            "model": text(score, "model") or "",
            "as_of": at,
            "reasons": _sentences(score),
        }
        for name in told
        if (score := mapping(told, name))
    }


def _sentences(score: Any) -> list[str]:
    told = score.get("reasons")
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []
