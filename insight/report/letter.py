"""The report as the plain text of a mail: what to look at, and the numbers at a glance."""

from insight.report.contents import Report
from insight.report.metrics import METRICS
from insight.report.page import period
from insight.report.wording import write

FINDINGS = 8


def as_text(report: Report) -> str:
    lines = [f"{report.shop or 'Your shop'}, {period(report.since, report.until, report.zone)}", ""]
    if report.facts.talks.empty:
        return "\n".join([*lines, "No conversation started in this period.", ""])
    if report.findings:
        lines += ["What to look at first", ""]
        for place, one in enumerate(report.findings[:FINDINGS], start=1):
            told = (one.detail, report.cost(one), one.advice)
            lines += [f"{place}. {one.title}", *(f"   {part}" for part in told if part)]
        lines.append("")
    lines += ["At a glance", ""]
    for metric in METRICS:
        number = report.numbers[metric.slug][0]
        written = write(number.figure)
        sure = number.change is not None and number.change.sure
        moved = f"; {number.change.says} ({number.change.before})" if number.change is not None and sure else ""
        basis = f"{written.basis}; {written.interval}" if written.interval else written.basis
        lines.append(f"- {metric.title}: {written.value} ({basis}){moved}")
    if report.predictions:
        lines += [
            "",
            "What is foreseen of customers, as of the last refresh",
            "",
            *(f"- {sentence}" for sentence in report.predictions),
        ]
    return "\n".join([*lines, "", "The attached page and PDF have every number and the conversations behind it.", ""])


def subject(report: Report) -> str:
    """One line; the dearest finding says more than a date."""
    days = period(report.since, report.until, report.zone)
    first = f": {report.findings[0].title}" if report.findings else ""
    return " ".join(f"{report.shop or 'Your shop'}, {days}{first}".split())
