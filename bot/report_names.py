"""What the keys of a report are called that are not words: agents and segments stand in the log by their ids."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from bot import agents
from insight import segments


def read(session: Session) -> Mapping[str, Mapping[str, str]]:
    """Dimension -> key -> name, as `insight.report.compose` takes it."""
    return {
        "agent": {agent.id: agent.name for agent in agents.everyone(session)},
        "segment": {one.id: one.name for one in segments.segments(session)},
    }
