"""The demo shop's 500 customers: the showcase first, then invented people with a behaviour each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from bot.shop.demo.behaviours import BEHAVIOURS, Behaviour
from bot.shop.demo.showcase import SHOWCASE
from bot.shop.demo.words import FIRST_NAMES, LAST_NAMES, STREETS, TOWNS

CUSTOMERS = 500
HISTORY_DAYS = 730
QUIET_DAYS = 60  # the showcase's generated history ends this long before today, so that only known orders are open


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    email: str
    phone: str
    address: str
    newsletter: bool
    since: date
    behaviour: Behaviour | None  # None: no generated history
    active_from: date
    active_until: date  # included


def people(today: date, *, seed: int) -> Iterator[Person]:
    by_name = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
    start = today - timedelta(days=HISTORY_DAYS)
    for shown in SHOWCASE:
        yield Person(
            id=shown.id,
            name=shown.name,
            email=shown.email,
            phone="07700 9000" + shown.id[-2:],
            address=shown.address,
            newsletter=False,
            since=today - timedelta(days=HISTORY_DAYS if shown.behaviour else 75),
            behaviour=by_name[shown.behaviour] if shown.behaviour else None,
            active_from=start,
            active_until=today - timedelta(days=QUIET_DAYS),
        )
    taken = {shown.email for shown in SHOWCASE}
    for number in range(len(SHOWCASE) + 1, CUSTOMERS + 1):
        person = _person(f"C-{number:04d}", today, start, Random(f"{seed}:person:{number}"), taken)
        taken.add(person.email)
        yield person


def _person(id: str, today: date, start: date, random: Random, taken: set[str]) -> Person:
    behaviour = random.choices(BEHAVIOURS, weights=[one.share for one in BEHAVIOURS])[0]
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    email = f"{first}.{last}@example.com".lower()
    while email in taken:
        email = f"{first}.{last}{random.randint(2, 99)}@example.com".lower()
    town, area = random.choice(TOWNS)
    postcode = (
        f"{area}{random.randint(1, 29)} {random.randint(1, 9)}{random.choice('ABDEFGHJ')}{random.choice('LNPRSTUW')}"
    )
    early = random.random() < 0.55
    since = start - timedelta(days=random.randint(0, 400)) if early else start + timedelta(days=random.randint(1, 600))
    until = today - timedelta(days=random.randint(150, 480)) if behaviour.name == "lapsed" else today
    return Person(
        id=id,
        name=f"{first} {last}",
        email=email,
        phone=f"07700 {random.randint(900000, 900999)}",
        address=f"{random.randint(1, 140)} {random.choice(STREETS)}, {town}, {postcode}",
        newsletter=random.random() < 0.35,
        since=min(since, until - timedelta(days=120)),
        behaviour=behaviour,
        active_from=max(start, min(since, until - timedelta(days=120))),
        active_until=until - timedelta(days=1),
    )
