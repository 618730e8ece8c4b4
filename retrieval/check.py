"""What is wrong with a folder of answers, with file and line: more than `load` refuses."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from retrieval.lines import Fields
from retrieval.lines import read as read_yaml
from retrieval.slots import FACTS_FILE, Slot
from retrieval.templates import PLACEHOLDER, Problem, Template, facts_in, read

USED_BY_FORMAT = {"currency"}  # how money is said, whether or not an answer names it


def check(folder: Path, *, intents: Collection[str] | None = None) -> list[Problem]:
    """Every problem in `folder`; `intents`: the labels that exist, if known."""
    templates, problems = read(folder)
    problems += [*unused_facts(folder, facts_in(folder, [])), *asked_twice(templates), *said_twice(templates)]
    if intents is not None:
        problems += [*unknown_intents(templates, set(intents))]
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def unused_facts(folder: Path, facts: Mapping[str, Slot]) -> Iterator[Problem]:
    """Facts that no file names, not even one that is broken elsewhere."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.yml")]
    used = {name for text in texts for name in PLACEHOLDER.findall(text)} | USED_BY_FORMAT
    unused = [name for name in facts if name not in used]
    document = read_yaml(folder / FACTS_FILE) if unused else None
    for name in unused:
        line = document.values[name].line if isinstance(document, Fields) else 0
        yield Problem(str(folder / FACTS_FILE), line, f"no answer uses the fact '{name}'")


def asked_twice(templates: Sequence[Template]) -> Iterator[Problem]:
    """The same question leading to two answers: one of them can never be right."""
    asked: dict[str, Template] = {}
    for template in templates:
        for question in template.questions:
            key = " ".join(question.lower().strip(" ?!.").split())
            first = asked.setdefault(key, template)
            if first is not template:
                reason = f"'{question}' is also a question of '{first.id}' in {first.file}:{first.line}"
                yield Problem(template.file, template.line, reason)


def said_twice(templates: Sequence[Template]) -> Iterator[Problem]:
    for template in templates:
        for texts, what in ((template.wordings, "wording"), (template.questions, "question")):
            if len(set(texts)) < len(texts):
                yield Problem(template.file, template.line, f"'{template.id}' has the same {what} twice")


def unknown_intents(templates: Sequence[Template], known: set[str]) -> Iterator[Problem]:
    for template in templates:
        for name in template.intents:
            if name not in known:
                yield Problem(template.file, template.line, f"'{template.id}' names the unknown intent '{name}'")
