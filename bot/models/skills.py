"""How well the model and the index in use do their work, as the owner's report tells it: measured when they were made.

No log can tell: whether an intent was right, only a person knows. So these are of examples that were set aside before
the model was trained, and of the shop's own questions, each searched for while it is missing from the index.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot import answers
from bot.models import versions
from bot.settings import Settings
from nlu.classifier import Config
from nlu.errors import NluError
from retrieval.errors import RetrievalError
from retrieval.index import read_manifest

Skill = tuple[str, str, str, str]  # as `insight.report.compose` takes it: slug, title, value, of what


def read(settings: Settings) -> list[Skill]:
    """Of what is in use now, as it is printed; nothing of what is not there yet."""
    return [*_understanding(settings), *_finding(settings)]


def _understanding(settings: Settings) -> Iterator[Skill]:
    folder = versions.in_use(settings)
    try:
        measured: Mapping[str, Any] = Config.load(folder).metrics.get("intent", {}) if folder else {}
    except NluError:
        return
    inside = f"of {measured.get('n_in_scope', 0):,} messages set aside"
    between = (
        f"; 95% interval {measured['accuracy_low']:.0%} to {measured['accuracy_high']:.0%}"
        if "accuracy_low" in measured
        else ""
    )
    told = {
        "accuracy": ("Intents recognised", "{:.1%}", inside + between),
        "macro_f1": ("The same, every intent alike (macro-F1)", "{:.1%}", inside),
        "oos_auroc": (
            "Off topic told from on topic (AUROC)",
            "{:.3f}",
            f"of {measured.get('n', 0):,} messages set aside",
        ),
        "oos_recall": (
            "Off topic noticed",
            "{:.1%}",
            f"of {measured.get('n_out_of_scope', 0):,}, at the model's own threshold",
        ),
        "in_scope_kept": ("On topic not refused", "{:.1%}", f"{inside}, at the same threshold"),
        "ece": ("How far certainty is from truth (ECE)", "{:.1%}", inside),
    }
    yield from _skills(told, measured)


def _finding(settings: Settings) -> Iterator[Skill]:
    try:
        measured = read_manifest(answers.index_folder(settings)).metrics
    except RetrievalError:
        return
    if "n_answered" not in measured:  # an index of an earlier version
        return
    n, answered, abstained = (int(measured[name] or 0) for name in ("n", "n_answered", "n_abstained"))
    asked = f"of {answered:,} questions, each searched for while it is missing"
    told = {
        "p_at_1": ("Right answer first", "{:.1%}", asked),
        "recall_at_5": ("Right answer among five", "{:.1%}", asked),
        "mrr": ("Mean reciprocal rank", "{:.3f}", asked),
        "map": ("Mean average precision", "{:.3f}", asked),
        "abstain_precision": (
            "Silence that was right",
            "{:.1%}",
            f"of {abstained:,} questions that it left unanswered",
        ),
        "abstain_recall": (
            "Silence where nothing fits",
            "{:.1%}",
            f"of {n - answered:,} questions that have no answer",
        ),
    }
    yield from _skills(told, measured)


def _skills(told: Mapping[str, tuple[str, str, str]], measured: Mapping[str, Any]) -> Iterator[Skill]:
    for slug, (title, form, of) in told.items():
        value = measured.get(slug)
        if value is not None:
            yield slug, title, form.format(value), of
