"""The answers a shop can give: `data/answers/*.yml`, one file a topic, and the shop's facts in `facts.yml`.

A template's slots are typed. A slot that is a fact of the shop is declared once, in `facts.yml`, with its value; any
other is declared in the template and filled by the caller. `load` refuses the first thing that is wrong; `read`
collects everything, for `retrieval check`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.conditions import When, read_when
from retrieval.errors import TemplateError
from retrieval.facts import CURRENCY, FACTS_FILE, load_facts, with_currency
from retrieval.lines import Items, Located, Scalar
from retrieval.lines import parse as parse_yaml
from retrieval.lines import read as read_yaml
from retrieval.slots import IDENTIFIER, Slot, expect_fields, lines_of, read_slots

__all__ = ["Button", "Problem", "Slot", "Template", "load", "load_facts", "parse", "read"]

TEMPLATE_KEYS = {"id", "questions", "wordings", "intents", "slots", "buttons", "searchable", "when"}
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
PAYLOAD = re.compile(r"/[a-z_]+(\{.*\})?")


@dataclass(frozen=True)
class Button:
    """A follow-up the customer can press; `payload` is Rasa's `/intent{"entity": "value"}`."""

    title: str
    payload: str

    @property
    def intent(self) -> str:
        return self.payload.lstrip("/").split("{")[0]


@dataclass(frozen=True)
class Template:
    """An answer: how customers ask for it, and ways to say it. `slots` holds every slot its wordings use.

    `when`: for whom and on which days it is said; None: always.
    """

    id: str
    wordings: tuple[str, ...]
    questions: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    searchable: bool = True
    when: When | None = None
    file: str = ""
    line: int = 0

    def fits(self, facts: Mapping[str, object]) -> bool:
        """Whether its conditions hold for `facts` (`retrieval.conditions`)."""
        return self.when is None or self.when.holds(facts)

    def covers(self, other: "Template") -> bool:
        """Whether its conditions hold whenever those of `other` do."""
        return self.when is None or (other.when is not None and self.when.covers(other.when))


@dataclass(frozen=True)
class Problem:
    """Something to correct in a template file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def load(folder: Path) -> list[Template]:
    """Every template of `folder`, in file order; raises `TemplateError` at the first problem."""
    templates, problems = read(folder)
    if problems:
        first = problems[0]
        raise TemplateError(first.file, first.line, first.reason)
    return templates


def read(folder: Path) -> tuple[list[Template], list[Problem]]:
    """All that can be read in `folder`, and all that is wrong with it: no answer can be read while its facts cannot."""
    if not folder.is_dir():
        raise TemplateError(folder, 0, "there is no such folder of answers")
    problems: list[Problem] = []
    facts = facts_in(folder, problems)
    if problems:
        return [], problems
    templates: list[Template] = []
    seen: dict[str, Template] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == FACTS_FILE:
            continue
        for template in read_file(path, facts, problems):
            if (first := seen.get(template.id)) is not None:
                reason = f"the id '{template.id}' is already used in {first.file}:{first.line}"
                problems.append(Problem(template.file, template.line, reason))
                continue
            seen[template.id] = template
            templates.append(template)
    return templates, problems


def read_file(path: Path, facts: Mapping[str, Slot], problems: list[Problem]) -> Iterator[Template]:
    """The templates of one file; adds to `problems` and leaves out what cannot be used."""
    try:
        document = read_yaml(path)
    except TemplateError as error:
        problems.append(problem_of(error))
        return
    if document is None:
        return
    if not isinstance(document, Items):
        problems.append(Problem(str(path), document.line, "a file of answers is a list: begin each with '- id:'"))
        return
    for item in document.values:
        try:
            yield read_template(item, str(path), facts)
        except TemplateError as error:
            problems.append(problem_of(error))


def parse(text: str, *, facts: Mapping[str, Slot], name: str) -> Template:
    """The one template in `text`, written as in a file; raises `TemplateError`, which calls the text `name`."""
    document = parse_yaml(text, name)
    if not isinstance(document, Items) or len(document.values) != 1:
        raise TemplateError(name, document.line if document else 1, "this is one answer: begin it with '- id:'")
    return read_template(document.values[0], name, facts)


def facts_in(folder: Path, problems: list[Problem]) -> dict[str, Slot]:
    try:
        return load_facts(folder)
    except TemplateError as error:
        problems.append(problem_of(error))
        return {}


def read_template(item: Located, file: str, facts: Mapping[str, Slot]) -> Template:
    fields = expect_fields(item, file, TEMPLATE_KEYS)
    name = text_of(fields.values.get("id"), file, item.line, "an id")
    if not IDENTIFIER.fullmatch(name):
        raise TemplateError(file, item.line, f"the id '{name}' may have only a-z, 0-9 and _")
    own = read_slots(fields.values["slots"], file) if "slots" in fields.values else {}
    for slot in own.values():
        if slot.name in facts:
            raise TemplateError(file, item.line, f"the slot '{slot.name}' is a fact of the shop; give it another name")
    currency = next((fact.currency for fact in facts.values() if fact.currency), CURRENCY)
    known = {**facts, **with_currency(own, currency)}
    wordings = texts_of(fields.values.get("wordings"), file, item.line, "wordings")
    used = {used_name for wording in wordings for used_name in slots_in(wording, file, known)}
    if unused := sorted(set(own) - used):
        raise TemplateError(
            file, lines_of(fields.values["slots"])[unused[0]], f"no wording uses the slot '{unused[0]}'"
        )
    searchable = flag_of(fields.values.get("searchable"), file)
    questions = (
        texts_of(fields.values["questions"], file, item.line, "questions") if "questions" in fields.values else []
    )
    if searchable != bool(questions):
        reason = "has no questions, so it can never be found" if searchable else "has questions but is not searchable"
        raise TemplateError(file, item.line, f"'{name}' {reason}")
    intents = texts_of(fields.values["intents"], file, item.line, "intents") if "intents" in fields.values else []
    return Template(
        id=name,
        wordings=tuple(str(wording.value) for wording in wordings),
        questions=tuple(str(question.value) for question in questions),
        intents=tuple(str(intent.value) for intent in intents),
        slots={used_name: known[used_name] for used_name in sorted(used)},
        buttons=read_buttons(fields.values.get("buttons"), file),
        searchable=searchable,
        when=read_when(fields.values.get("when"), file),
        file=file,
        line=item.line,
    )


def slots_in(wording: Scalar, file: str, known: Mapping[str, Slot]) -> list[str]:
    """Names of the slots in a wording; raises for one that is not known or a brace that is no slot."""
    names = PLACEHOLDER.findall(wording.value)
    for name in names:
        if name not in known:
            raise TemplateError(file, wording.line, f"unknown slot '{{{name}}}': declare it in 'slots' or {FACTS_FILE}")
    if set(PLACEHOLDER.sub("", wording.value)) & {"{", "}"}:
        raise TemplateError(file, wording.line, "a brace that belongs to no slot")
    return names


def read_buttons(located: Located | None, file: str) -> tuple[Button, ...]:
    if located is None:
        return ()
    if not isinstance(located, Items):
        raise TemplateError(file, located.line, "buttons are a list of {title, payload}")
    return tuple(read_button(item, file) for item in located.values)


def read_button(item: Located, file: str) -> Button:
    fields = expect_fields(item, file, {"title", "payload"}).values
    title = text_of(fields.get("title"), file, item.line, "a title")
    payload = text_of(fields.get("payload"), file, item.line, "a payload")
    match = PAYLOAD.fullmatch(payload)
    if match is None or not is_json_object(match.group(1) or "{}"):
        raise TemplateError(
            file, item.line, f'the payload \'{payload}\' is not /intent or /intent{{"entity": "value"}}'
        )
    return Button(title, payload)


def is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except json.JSONDecodeError:
        return False


def text_of(item: Located | None, file: str, line: int, what: str) -> str:
    if isinstance(item, Scalar) and isinstance(item.value, str) and item.value.strip():
        return item.value
    raise TemplateError(file, item.line if item else line, f"{what} is missing or is not text (put it in quotes)")


def texts_of(item: Located | None, file: str, line: int, what: str) -> list[Scalar]:
    if not isinstance(item, Items) or not item.values:
        raise TemplateError(file, item.line if item else line, f"'{what}' is a list with at least one entry")
    return [
        Scalar(" ".join(text_of(value, file, line, f"an entry of '{what}'").split()), value.line)
        for value in item.values
    ]


def flag_of(item: Located | None, file: str) -> bool:
    if item is None:
        return True
    if isinstance(item, Scalar) and isinstance(item.value, bool):
        return item.value
    raise TemplateError(file, item.line, "'searchable' is true or false")


def problem_of(error: TemplateError) -> Problem:
    return Problem(error.file, error.line, error.reason)
