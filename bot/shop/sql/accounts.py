"""What a customer may change or ask for beside orders: their details, newsletter, invoices, complaints, reviews."""

import re
import uuid

from sqlalchemy import select

from bot.shop.errors import Invalid, NotPossible, ProductNotFound
from bot.shop.port import Receipt
from bot.shop.sql.orders import tidy_address
from bot.shop.sql.write import Write
from bot.shop.tables import ComplaintRow, CustomerRow, OrderLineRow, OrderRow, ProductRow, ReviewRow

EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")
LONGEST_TEXT = 2000
LONGEST_NAME, LONGEST_EMAIL, LONGEST_PHONE = 100, 200, 40


def request_invoice(write: Write, order_id: str) -> Receipt:
    order = write.own_order(order_id)
    changed = order.invoice_requested_on is None
    order.invoice_requested_on = order.invoice_requested_on or write.now.date()
    number = f"INV-{order.id.removeprefix('HP-')}"
    where = write.customer.email or "your account"
    verb = "goes" if changed else "was sent already"
    return write.receipt("request_invoice", f"Invoice {number} {verb} to {where}.", changed=changed, order=order)


def set_newsletter(write: Write, *, wanted: bool) -> Receipt:
    action = "subscribe_newsletter" if wanted else "unsubscribe_newsletter"
    state = "subscribed to" if wanted else "not subscribed to"
    if write.customer.newsletter == wanted:
        return write.receipt(action, f"You are {state} the newsletter already.", changed=False)
    write.customer.newsletter = wanted
    write.report("Newsletter Subscribed" if wanted else "Newsletter Unsubscribed")
    return write.receipt(action, f"You are now {state} the newsletter.")


def open_complaint(write: Write, *, text: str, order_id: str | None) -> Receipt:
    order = write.own_order(order_id) if order_id else None
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        raise Invalid("Please say in a few words what went wrong.")
    complaint = ComplaintRow(
        id=f"CP-{uuid.uuid4().hex[:8].upper()}",
        customer_id=write.customer.id,
        order_id=order.id if order else None,
        body=text,
        opened_at=write.now,
    )
    write.session.add(complaint)
    write.report("Complaint Opened", order_id=complaint.order_id, reason=text)
    message = f"Your complaint is recorded as {complaint.id}; a colleague reads it."
    return write.receipt("open_complaint", message, order=order, reference=complaint.id)


def add_review(write: Write, *, product_id: str, rating: int, text: str) -> Receipt:
    if not 1 <= rating <= 5:
        raise Invalid("A rating is a number from 1 to 5.")
    product = write.session.get(ProductRow, product_id)
    if product is None:
        raise ProductNotFound()
    if not _bought(write, product_id):
        raise NotPossible(f"Only customers who bought {product.name} can review it.")
    review = write.session.get(ReviewRow, (write.customer.id, product_id))
    text = text.strip()[:LONGEST_TEXT]
    if review is not None and (review.rating, review.body) == (rating, text):
        message = f"That is your review of {product.name} already."
        return write.receipt("add_review", message, changed=False, reference=product_id)
    if review is None:
        review = ReviewRow(customer_id=write.customer.id, product_id=product_id)
        write.session.add(review)
    review.rating, review.body, review.written_on = rating, text, write.now.date()
    write.report("Product Reviewed", product_id=product_id, category=product.category, rating=rating, review_body=text)
    return write.receipt("add_review", f"Your review of {product.name} is saved.", reference=product_id)


def set_address(write: Write, *, address: str) -> Receipt:
    address = tidy_address(address)
    changed = write.customer.address != address
    write.customer.address = address
    message = f"Your address is {address}." if changed else "That is your address already."
    return write.receipt("set_customer_address", message, changed=changed)


def update(write: Write, *, name: str | None, email: str | None, phone: str | None) -> Receipt:
    customer = write.customer
    new = {
        "name": customer.name if name is None else _name(name),
        "email": customer.email if email is None else _email(write, email),
        "phone": customer.phone if phone is None else _phone(phone),
    }
    changed = [field for field, value in new.items() if getattr(customer, field) != value]
    for field in changed:
        setattr(customer, field, new[field])
    message = f"Your {' and '.join(changed)} is updated." if changed else "Your details are like that already."
    return write.receipt("update_customer", message.replace(" and email is", " and email are"), changed=bool(changed))


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= LONGEST_NAME:
        raise Invalid(f"A name has 1 to {LONGEST_NAME} characters.")
    return tidy


def _email(write: Write, email: str) -> str:
    email = email.strip().lower()
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        raise Invalid("That does not look like an e-mail address.")
    others = select(CustomerRow.id).where(CustomerRow.email == email, CustomerRow.id != write.customer.id)
    if write.session.execute(others).first() is not None:
        # Saying that the address has an account would tell a stranger who shops here.
        raise Invalid("That e-mail address can't be used. Please choose another one.")
    return email


def _phone(phone: str) -> str:
    tidy = " ".join(phone.split())
    if len(tidy) > LONGEST_PHONE or sum(map(str.isdigit, tidy)) < 6:
        raise Invalid("That does not look like a phone number.")
    return tidy


def _bought(write: Write, product_id: str) -> bool:
    bought = (
        select(OrderLineRow.order_id)
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(OrderRow.customer_id == write.customer.id, OrderLineRow.product_id == product_id)
    )
    return write.session.execute(bought.limit(1)).first() is not None
