"""The report as tables for a spreadsheet; the one named `conversations` says which are behind each number."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from insight.report.contents import Number, Report
from insight.report.page import figure_values


def as_tables(report: Report) -> dict[str, pd.DataFrame]:
    """Name -> table: `metrics`, one `by_…` a dimension, `findings`, `knowledge_gap`, `skills`, `conversations`."""
    numbers = [number for parts in report.numbers.values() for number in parts]
    by = {f"by_{dimension}": _split(dimension, keys) for dimension, keys in report.by.items()}
    currency = report.facts.log.currency
    findings = pd.DataFrame(
        [
            (one.kind, one.title, one.detail, round(one.cost, 2), currency, " ".join(one.conversations))
            for one in report.findings
        ],
        columns=["kind", "finding", "detail", "cost", "currency", "conversations"],
    )
    return {
        "metrics": pd.DataFrame([_row(one) for one in numbers]),
        **by,
        "findings": findings,
        "knowledge_gap": _gaps(report),
        "skills": pd.DataFrame(report.skills, columns=["metric", "title", "value", "of"]),
        "conversations": _behind(report, numbers),
    }


def _split(dimension: str, keys: Mapping[str, Mapping[str, Number]]) -> pd.DataFrame:
    rows = [{dimension: key} | _row(number) for key, numbers in keys.items() for number in numbers.values()]
    return pd.DataFrame(rows, columns=None if rows else [dimension, "metric"])


def _row(number: Number) -> dict[str, Any]:
    values = figure_values(number.figure)
    low, high = values.get("interval") or (None, None)
    change = number.change
    return {
        "metric": number.slug,
        "part": number.part,
        "value": values.get("value", values.get("median_s")),
        "p90": values.get("p90_s"),
        "n": values.get("n", values.get("value")),
        "of": values["of"],
        "low": low,
        "high": high,
        "change": change.says if change else None,
        "before": change.before if change else None,
        "p_value": change.p_value if change else None,
        "conversations": number.behind,
    }


def _gaps(report: Report) -> pd.DataFrame:
    rows = [
        (gap.size, gap.example, gap.template_id, gap.score, " ".join(report.facts.ids(gap.talks)))
        for gap in report.gaps
    ]
    return pd.DataFrame(rows, columns=["size", "example", "nearest_template", "score", "conversations"])


def _behind(report: Report, numbers: Iterable[Number]) -> pd.DataFrame:
    """All conversations behind each number, those of the splits included."""
    split = [
        (one, dimension, key)
        for dimension, keys in report.by.items()
        for key, found in keys.items()
        for one in found.values()
    ]
    rows = [
        (one.slug, one.part, dimension, key, id)
        for one, dimension, key in [*((one, "", "") for one in numbers), *split]
        for id in report.facts.ids(one.cases.counted)
    ]
    return pd.DataFrame(rows, columns=["metric", "part", "dimension", "key", "conversation_id"])
