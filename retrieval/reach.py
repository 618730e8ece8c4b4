"""Answers that no customer can ever get, although nothing is wrong with their words: search gives another before them,
or is not sure of them, whichever of their own questions is asked.

A question is asked as the index keeps it, and as if it had been understood rightly: what cannot be found even so, is
never found.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from retrieval.search import QUESTION, Hit, Searcher
from retrieval.templates import Problem, Template

HITS = 3  # of which the first whose conditions hold is said


def unreachable(searcher: Searcher, *, by_intent: Collection[str] = ()) -> Iterator[Problem]:
    """The templates that none of their questions finds. `by_intent`: ids of those that an intent leads to as well."""
    by_id = {template.id: template for template in searcher.templates}
    rows = searcher.index.rows
    asked = rows.numbers()[rows.kinds[rows.numbers()] == QUESTION]
    owner = searcher.owner[asked]
    for template in searcher.templates:
        if template.id not in by_intent:
            own = asked[owner == searcher.places.place_of[template.id]]
            vectors = searcher.index.nearest.vectors(own)
            intents = dict.fromkeys(template.intents[:1], 1.0)
            before: Counter[str] = Counter()
            for question, vector in zip(template.questions, vectors, strict=True):
                hits = searcher.search(question, np.asarray(vector), intents, k=HITS)
                before[in_the_way(template, hits, by_id)] += 1
                if template.id in before:
                    break
            else:
                yield problem(template, before, by_id)


def in_the_way(template: Template, hits: Sequence[Hit], by_id: Mapping[str, Template]) -> str:
    """The id of what is said to everybody whom `template` is for: itself, another, or empty: search is not sure."""
    for hit in hits:
        if not hit.fits:
            return ""
        if hit.template_id == template.id or by_id[hit.template_id].covers(template):
            return hit.template_id
    return ""


def problem(template: Template, before: Counter[str], by_id: Mapping[str, Template]) -> Problem:
    name, times = before.most_common(1)[0]
    if not name:
        reason = "search is not sure enough of it; give it more questions, as customers ask them"
    else:
        other = by_id[name]
        reason = f"'{name}' in {other.file}:{other.line} is given for {times} of them; make them differ, or merge both"
    return Problem(template.file, template.line, f"no question of '{template.id}' finds it: {reason}")
