"""How the published answers do: how often each was said, and what customers thought of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.tables import PublishedAnswer
from bot.workshop.questions import Row


@dataclass(frozen=True)
class Usage:
    """Of one published answer since it was published, among the newest messages."""

    answer: PublishedAnswer
    said: int
    up: int
    down: int


def usage(answers: Sequence[PublishedAnswer], conversations: Sequence[Sequence[Row]]) -> list[Usage]:
    """The newest answer first."""
    by_id = {answer.template_id: answer for answer in answers}
    said: dict[str, list[bool | None]] = {template_id: [] for template_id in by_id}
    for rows in conversations:
        for row in rows:
            template_id = row.body.get("template_id")
            if row.author == "bot" and template_id in by_id and row.created_at >= by_id[template_id].published_at:
                said[template_id].append(row.helpful)
    return [
        Usage(by_id[name], len(thumbs), thumbs.count(True), thumbs.count(False))
        for name, thumbs in reversed(list(said.items()))
    ]
