"""The right column: who the customer is, what they want now, like and feel, what is open, what they bought."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui

from bot.console import choices, orders, words
from bot.console.readings import Line, Membership, Person
from bot.order_actions import Action
from insight.profile import Profile

INTERESTS = 5
MOODS = 12  # of the last messages


class CustomerColumn:
    """What is known changes with every second; what is pressed stays on screen while it says the same."""

    def __init__(
        self,
        zone: str,
        *,
        role: str,
        carry_out: Callable[[Action], Awaitable[None]],
        explain: Callable[[int], Any],
    ) -> None:
        """`explain(seq)` is called when the agent asks why a message was understood as it was."""
        self._zone, self._role, self._carry_out, self._explain = zone, role, carry_out, explain
        self._shown: Person | None = None
        self._said: list[Line] = []
        self._who, self._wish, self._facts, self._orders, self._earlier = (ui.element("div") for _ in range(5))

    def clear(self) -> None:
        self._shown, self._said = None, []
        for part in (self._who, self._wish, self._facts, self._orders, self._earlier):
            part.clear()

    def update(self, person: Person, lines: Sequence[Line], *, name: str) -> None:
        before, self._shown = self._shown, person
        if before is None or before.customer != person.customer:
            self._who.clear()
            with self._who:
                _who(person, name)
        if (said := [line for line in lines if line.intent is not None]) != self._said:
            self._said = said
            self._wish.clear()
            if said:
                with self._wish:
                    self._draw_wish(said)
        if before is None or (before.profile, before.memberships) != (person.profile, person.memberships):
            self._facts.clear()
            with self._facts:
                _draw_facts(person, self._zone)
        if before is None or before.orders != person.orders:
            self._orders.clear()
            if person.orders:
                with self._orders, _section("Latest orders"):
                    orders.draw(person.orders, role=self._role, carry_out=self._carry_out)
        if before is None or before.earlier != person.earlier:
            self._earlier.clear()
            with self._earlier:
                _earlier(person, self._zone)

    def _draw_wish(self, said: Sequence[Line]) -> None:
        """What the latest message asks for, how sure the bot is, and the moods of the last ones."""
        latest = said[-1]
        with _section("Latest message"):
            with ui.element("div").classes("ranked"):
                ui.label(words.intent(latest.intent)).classes("strong")
                if latest.confidence is not None:
                    choices.bar(latest.confidence)
            with ui.element("div").classes("ranked"):
                moods = [line.sentiment or "neutral" for line in said[-MOODS:]]
                with (
                    ui.element("div")
                    .classes("moods")
                    .props(f'role="img" aria-label="Moods in this conversation: {", ".join(moods)}"')
                ):
                    for mood in moods:
                        ui.element("i").classes(mood).props(f'title="{mood}"')
                with ui.element("button").classes("order-actions").props('type="button"') as why:
                    ui.label("Why?")
                why.props('aria-label="Why was the latest message understood so?"')
                why.on("click", lambda: self._explain(latest.seq))


def _draw_facts(person: Person, zone: str) -> None:
    if person.profile is None:
        ui.label("Nothing is known of this visitor yet.").classes("quiet pad")
        return
    _issues(person.profile, zone)
    _value(person.profile, person.currency)
    _scores(person.profile, person.currency)
    _segments(person.memberships, zone)
    _mood(person.profile)
    _interests(person.profile)


def _who(person: Person, name: str) -> None:
    with ui.element("div").classes("who"):
        ui.label(name[:1].upper()).classes("avatar").props('aria-hidden="true"')
        with ui.element("div").classes("who-text"):
            ui.label(name).classes("who-name")
            if person.customer is None:
                ui.label("Not signed in, not confirmed").classes("quiet")
                return
            ui.label(person.customer.email).classes("quiet")
            ui.label(f"Customer {person.customer.id} since {person.customer.since:%B %Y}").classes("quiet")


def _issues(known: Profile, zone: str) -> None:
    if not known.open_issues:
        return
    with _section("Open issues"):
        for issue in known.open_issues:
            with ui.element("div").classes("issue"):
                about = issue.order_id or issue.product_id or ""
                ui.label(" ".join((words.ISSUES.get(issue.kind, words.plain(issue.kind)), about))).classes("strong")
                reason = words.REASONS.get(issue.reason or "", issue.reason or "")
                ui.label(" · ".join(part for part in (reason, words.clock(issue.opened_at, zone)) if part)).classes(
                    "quiet"
                )


def _value(known: Profile, currency: str) -> None:
    """The profile gives its reasons without a currency, which it does not know."""
    spent = known.value.spent
    reasons = " ".join(known.value.reasons).replace(f"{spent:,.2f} spent", f"{words.money(spent, currency)} spent")
    with _section("Value"):
        ui.label(words.TIERS.get(known.tier, words.plain(known.tier))).classes(f"badge tier-{known.tier}")
        ui.label(reasons).classes("quiet")


def _scores(known: Profile, currency: str) -> None:
    """What the customer is likely to do, and why."""
    if not known.scores:
        return
    with _section("Likely next"):
        for name, score in known.scores.items():
            with ui.element("div"):
                ui.label(words.score(name, score.value, currency)).classes("strong")
                ui.label(" ".join(score.reasons)).classes("quiet")


def _segments(memberships: Sequence[Membership], zone: str) -> None:
    if not memberships:
        return
    with _section("Segments"):
        for one in memberships:
            with ui.element("div"):
                ui.label(one.name).classes("strong")
                ui.label(f"{one.because[:1].upper()}{one.because[1:]}, since {words.clock(one.since, zone)}").classes(
                    "quiet"
                )


def _mood(known: Profile) -> None:
    if known.sentiment is None:
        return
    with _section("Sentiment"):
        with (
            ui.element("div")
            .classes("scale")
            .props(f'role="img" aria-label="Sentiment {known.sentiment.mean:+.2f} of -1 to 1"')
        ):
            ui.element("i").style(f"left: {50 + 50 * max(-1.0, min(1.0, known.sentiment.mean)):.0f}%")
        trend = known.sentiment.trend
        direction = "" if trend is None or abs(trend) < 0.1 else ", getting better" if trend > 0 else ", getting worse"
        messages = "1 message" if known.sentiment.messages == 1 else f"{known.sentiment.messages} messages"
        mean = "0.00" if abs(known.sentiment.mean) < 0.005 else f"{known.sentiment.mean:+.2f}"
        ui.label(f"{mean} over {messages} in all conversations{direction}").classes("quiet")


def _interests(known: Profile) -> None:
    if not known.categories:
        return
    top = known.categories[0].weight
    with _section("Interests"):
        for interest in known.categories[:INTERESTS]:
            with ui.element("div").classes("interest"):
                ui.label(words.plain(interest.name))
                with ui.element("div").classes("meter"):
                    ui.element("i").style(f"width: {100 * interest.weight / top:.0f}%")


def _earlier(person: Person, zone: str) -> None:
    if not person.earlier:
        return
    with _section("Other conversations"):
        for row in person.earlier:
            with ui.link(target=f"?conversation={row.id}").classes("earlier"):
                ui.label(f"{words.STATES.get(row.state, row.state)} · {words.clock(row.since, zone)}").classes("quiet")
                ui.label(row.last_text).classes("row-text")


def _section(title: str) -> ui.element:
    section = ui.element("section").classes("fact")
    with section:
        ui.label(title).classes("fact-title").props('role="heading" aria-level="2"')
    return section
