"""The customer's latest orders, and what an agent may do with each; nothing is written before it has been confirmed."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from nicegui import ui

from bot import order_actions
from bot.console import sheets, words
from bot.order_actions import Action
from bot.shop.port import Order

WHAT_FOLLOWS = {
    "cancel": "The whole order ends, and what was paid goes back to the customer.",
    "refund": "A return begins; the money goes back when the parcel has arrived.",
    "resend": "A return begins; a replacement leaves when the parcel has arrived.",
}


def draw(orders: Sequence[Order], *, role: str, carry_out: Callable[[Action], Awaitable[None]]) -> None:
    """Into the current container."""
    for order in orders:
        with ui.element("div").classes("order"):
            with ui.element("div").classes("order-head"):
                ui.label(order.id).classes("strong")
                ui.label(words.plain(order.status)).classes(f"badge {order.status}")
            ui.label(", ".join(f"{line.quantity} × {line.name}" for line in order.lines))
            ui.label(f"{words.day(order.placed_at)} · {words.money(order.total, order.currency)}").classes("quiet")
            for back in order.returns:
                ui.label(f"Return of {back.name}: {back.status}, {back.reason}").classes("quiet")
            if actions := order_actions.possible(order, role=role):
                _menu(order, actions, carry_out)


def _menu(order: Order, actions: Sequence[Action], carry_out: Callable[[Action], Awaitable[None]]) -> None:
    async def ask(action: Action) -> None:
        if await sheets.confirm(f"{action.title}?", WHAT_FOLLOWS[action.kind], action=action.title):
            await carry_out(action)

    with ui.element("button").classes("order-actions").props('type="button"') as button:
        ui.label("Actions")
        with sheets.menu(f"Order {order.id}"):
            for action in actions:
                sheets.item(f"{action.title}…", partial(ask, action))
    button.props["aria-label"] = f"Actions for order {order.id}"
