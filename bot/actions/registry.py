"""Every action and form there is: a new one is a line here, one in `data/dialogue/domain.yml` and, mostly, a rule."""

from collections.abc import Callable, Mapping

from bot.actions import account, answers, changes, fallback, handoff, orders, products, recommendations, returns, verify
from bot.actions.context import Context
from bot.actions.form import Form
from bot.actions.request import Outcome, Request

Action = Callable[[Context, Request], Outcome]

ACTIONS: Mapping[str, Action] = {
    "action_answer": answers.answer,
    "action_complaint": handoff.complain,
    "action_contact_person": handoff.contact_person,
    "action_discount": products.discount,
    "action_fallback": fallback.not_understood,
    "action_no": fallback.no,
    "action_order_product": recommendations.order_product,
    "action_product": products.about_product,
    "action_recommend": recommendations.recommend,
    "action_stale_choice": fallback.stale_choice,
    "action_track_order": orders.track_order,
    "action_track_refund": orders.track_refund,
    "action_yes": fallback.yes,
}

FORMS: tuple[Form, ...] = (
    account.ACCOUNT_FORM,
    account.DELETE_FORM,
    account.NEWSLETTER_FORM,
    account.REVIEW_FORM,
    changes.ADDRESS_FORM,
    changes.CHANGE_FORM,
    changes.NEW_ADDRESS_FORM,
    orders.CANCEL_FORM,
    orders.INVOICE_FORM,
    products.PRODUCT_FORM,
    returns.RETURN_FORM,
    verify.FORM,
)
