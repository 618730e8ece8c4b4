"""A report as values: every number with its denominator, its change and the conversations behind it, and the findings.

The page, the PDF, the tables, the JSON and the console all show this; none of them computes anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from sqlalchemy.orm import Session

from insight.predictions.results import sentences
from insight.report.cases import Cases
from insight.report.comparison import Change, compare
from insight.report.dimensions import DIMENSIONS, MEMBERS, chosen, split
from insight.report.facts import Facts, make_facts
from insight.report.figures import Figure
from insight.report.findings import Finding, find
from insight.report.gaps import Gap
from insight.report.log import read_log
from insight.report.metrics import METRICS, Measured
from insight.report.wording import money

SHOWN = 50  # conversations listed behind a number; the tables have them all


@dataclass(frozen=True)
class Number:
    """One number; `behind` counts its conversations, `conversations` names the first of them, by when they started."""

    slug: str
    part: str
    cases: Cases
    figure: Figure
    change: Change | None
    conversations: tuple[str, ...]
    behind: int


class Skill(NamedTuple):
    """How well something is done that no log can tell, as whoever measured it says: `value` is `of` so many cases."""

    slug: str
    title: str
    value: str
    of: str


@dataclass(frozen=True)
class Report:
    """`numbers`: slug -> the metric, then its parts; `by`: dimension -> key -> slug -> number."""

    shop: str
    zone: tzinfo
    since: datetime
    until: datetime
    filters: Mapping[str, str]
    facts: Facts
    before: tuple[datetime, datetime] | None  # what it is compared with; None: the log does not go back so far
    numbers: Mapping[str, tuple[Number, ...]]
    by: Mapping[str, Mapping[str, Mapping[str, Number]]]
    findings: tuple[Finding, ...]
    predictions: tuple[str, ...]  # what the last refresh says of each: used or not, and why
    skills: tuple[Skill, ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What customers asked and nobody answered, what was asked most first."""
        return self.facts.gaps

    def money(self, amount: float) -> str:
        """An amount in the shop's currency."""
        return money(amount, self.facts.log.currency)

    def cost(self, one: Finding) -> str:
        """What a finding costs, or brings in, in words; empty where that is next to nothing."""
        if abs(one.cost) < 0.5:
            return ""
        return f"{'cost' if one.cost > 0 else 'brought in'} about {self.money(abs(one.cost))}"

    def said(self, dimension: str, key: str) -> str:
        """What a key is called."""
        return self.facts.said(dimension, key)


def compose(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    zone: tzinfo,
    shop: str = "",
    filters: Mapping[str, str] | None = None,
    names: Mapping[str, Mapping[str, str]] | None = None,
    skills: Iterable[tuple[str, str, str, str]] = (),
) -> Report:
    """The report of the conversations that started from `since` to before `until`, beside the same time before.

    A shop whose customers began to write within that time before has nothing to compare with yet: half a period would
    make every number look as if it had grown.
    """
    earlier = since - (until - since)
    log = read_log(session, earlier, until)
    now = chosen(make_facts(log, since, until, names), filters or {})
    before = chosen(make_facts(log, earlier, since), filters or {})
    measured = {metric.slug: metric.measure(now) for metric in METRICS}
    old = {metric.slug: metric.measure(before) for metric in METRICS} if log.begun else {}
    numbers = {slug: tuple(_numbers(now, slug, found, old.get(slug))) for slug, found in measured.items()}
    return Report(
        shop=shop,
        zone=zone,
        since=since,
        until=until,
        filters=filters or {},
        facts=now,
        before=(earlier, since) if log.begun else None,
        numbers=numbers,
        by={dimension: _split(now, before, dimension, measured, old, zone) for dimension in DIMENSIONS},
        findings=find(now, before, zone),
        predictions=sentences(session),
        skills=tuple(Skill(*one) for one in skills),
    )


def _numbers(facts: Facts, slug: str, now: Measured, before: Measured | None) -> Iterator[Number]:
    yield _number(facts, slug, "", now.cases, before.cases if before else None)
    for name, cases in now.parts.items():
        yield _number(facts, slug, name, cases, before.parts.get(name) if before else None)


def _split(
    now: Facts,
    before: Facts,
    dimension: str,
    measured: Mapping[str, Measured],
    old: Mapping[str, Measured],
    zone: tzinfo,
) -> dict[str, dict[str, Number]]:
    """Days are not compared: the day before is the row above."""
    members, older = (MEMBERS[dimension](facts) if dimension in MEMBERS else None for facts in (now, before))
    keys: dict[str, dict[str, Number]] = {}
    for slug, found in measured.items():
        then = dict(split(old[slug].cases, dimension, older, zone)) if older is not None and slug in old else {}
        for key, cases in split(found.cases, dimension, members, zone):
            keys.setdefault(key, {})[slug] = _number(now, slug, "", cases, then.get(key))
    return dict(sorted(keys.items()))


def _number(facts: Facts, slug: str, part: str, cases: Cases, before: Cases | None) -> Number:
    figure, behind = cases.figure, cases.counted
    change = compare(figure, before.figure) if before is not None else None
    return Number(slug, part, cases, figure, change, tuple(facts.ids(behind.iloc[:SHOWN])), len(behind))
