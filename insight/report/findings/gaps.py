"""Questions that nobody could answer."""

from collections.abc import Iterator
from datetime import tzinfo

from insight.report.facts import Facts
from insight.report.findings.finding import Candidate, Finding, lost_orders, people_cost
from insight.report.wording import counted, label


def unanswered(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Cost: people's time and lost orders of the conversations with the question."""
    for gap in now.gaps:
        near = (
            f"; nearest answer {label(gap.template_id)} ({gap.score:.2f})"
            if gap.template_id and gap.score is not None
            else ""
        )
        title = f"No answer to questions like “{gap.example}”"
        detail = f"{counted(gap.size, 'message')} in {counted(gap.talks.nunique(), 'conversation')}{near}"
        cost = people_cost(now, gap.talks) + lost_orders(now, gap.talks)
        yield Candidate(Finding("gap", title, detail, cost, tuple(now.ids(gap.talks))))
