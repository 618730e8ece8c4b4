"""The eight customers whose orders are always in a known state; `data/catalogue/README.md` says what each is for."""

from dataclasses import dataclass

from bot.shop.port import OrderStatus, Resolution, ReturnStatus


@dataclass(frozen=True)
class ShowReturn:
    product_id: str
    reason: str
    resolution: Resolution
    status: ReturnStatus
    days_ago: int


@dataclass(frozen=True)
class ShowOrder:
    """`days_ago` it was placed; the days of the other steps follow from `status` unless `late` keeps it on its way."""

    id: str
    status: OrderStatus
    days_ago: int
    lines: tuple[tuple[str, int], ...]  # product id, quantity
    returned: ShowReturn | None = None
    late: bool = False


@dataclass(frozen=True)
class ShowCustomer:
    id: str
    name: str
    email: str
    address: str
    behaviour: str | None  # of the history before; None: no other orders
    orders: tuple[ShowOrder, ...] = ()


SHOWCASE: tuple[ShowCustomer, ...] = (
    ShowCustomer(
        "C-0001",
        "Maya Thornton",
        "maya.thornton@example.com",
        "4 Rope Walk, Bristol, BS1 6XA",
        "regular",
        (
            ShowOrder("HP-20001", "paid", 1, (("TAB-005", 2), ("KIT-019", 1))),
            ShowOrder("HP-20002", "shipped", 3, (("LIG-001", 1),)),
            ShowOrder("HP-20003", "delivered", 9, (("CLO-001", 1), ("CLO-013", 2))),
            ShowOrder("HP-20004", "cancelled", 14, (("GAR-006", 1),)),
        ),
    ),
    ShowCustomer(
        "C-0002",
        "Daniel Okafor",
        "daniel.okafor@example.com",
        "27 Chapel Lane, Leeds, LS2 7QA",
        "category lover",
        (
            ShowOrder("HP-20005", "shipped", 4, (("KIT-001", 1), ("KIT-007", 1))),
            ShowOrder("HP-20006", "delivered", 16, (("KIT-009", 1),)),
        ),
    ),
    ShowCustomer(
        "C-0003",
        "Priya Raman",
        "priya.raman@example.com",
        "11 Elm Grove, Norwich, NR3 1BT",
        None,
        (ShowOrder("HP-20007", "packed", 2, (("BED-002", 1), ("BED-007", 1))),),
    ),
    ShowCustomer(
        "C-0004",
        "Tom Ellery",
        "tom.ellery@example.com",
        "8 Quay Side, Exeter, EX1 3LD",
        None,
        (
            ShowOrder(
                "HP-20008",
                "delivered",
                14,
                (("TOY-001", 1), ("TOY-007", 1)),
                ShowReturn("TOY-001", "arrived damaged", "refund", "requested", 3),
            ),
            ShowOrder(
                "HP-20009",
                "returned",
                30,
                (("ACC-012", 1),),
                ShowReturn("ACC-012", "too small", "refund", "refunded", 18),
            ),
        ),
    ),
    ShowCustomer("C-0005", "Sofia Lindqvist", "sofia.lindqvist@example.com", "", None),
    ShowCustomer(
        "C-0006",
        "Grace Whitfield",
        "grace.whitfield@example.com",
        "61 Castle View, York, YO1 9TT",
        None,
        (ShowOrder("HP-20010", "shipped", 11, (("TOY-003", 1), ("STA-016", 2)), late=True),),
    ),
    ShowCustomer(
        "C-0007",
        "Henry Marsh",
        "henry.marsh@example.com",
        "2 Priory Gardens, Bath, BA1 2QZ",
        None,
        (ShowOrder("HP-20011", "delivered", 50, (("FUR-008", 1),)),),
    ),
    ShowCustomer(
        "C-0008",
        "Leila Haddad",
        "leila.haddad@example.com",
        "19 Park Crescent, Edinburgh, EH3 5RS",
        "high spender",
        (ShowOrder("HP-20012", "placed", 1, (("LIG-005", 3), ("DEC-004", 1))),),
    ),
)
