"""The shop's tables: catalogue, customers, orders and what customers asked for.

Money is kept in pence (hundredths) as an integer, because SQLite has no decimals. Order lines copy the product's name
and price, so an order stays true when the catalogue changes, and name products that are sold no more.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.tables import Base


class ProductRow(Base):
    __tablename__ = "shop_product"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(80), index=True)
    description: Mapped[str] = mapped_column(Text)
    price_pence: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    attributes: Mapped[dict[str, Any]]
    stock: Mapped[int]
    image: Mapped[str] = mapped_column(String(500))  # empty: the drawn picture
    url: Mapped[str] = mapped_column(String(500))  # empty: the demo shop's page


class CustomerRow(Base):
    __tablename__ = "shop_customer"
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(200), index=True)  # lower case; empty when unknown
    phone: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(Text)
    newsletter: Mapped[bool]
    since: Mapped[date]


class OrderRow(Base):
    __tablename__ = "shop_order"
    __table_args__ = (Index("ix_shop_order_customer", "customer_id", "placed_at"),)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("shop_customer.id"))  # null: bought as a guest
    status: Mapped[str] = mapped_column(String(10))  # bot.shop.port.OrderStatus
    placed_at: Mapped[datetime]
    expected_on: Mapped[date | None]
    shipped_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    cancelled_on: Mapped[date | None]
    shipping_pence: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    address: Mapped[str] = mapped_column(Text)
    delivery: Mapped[str] = mapped_column(String(20))
    payment: Mapped[str] = mapped_column(String(60))
    carrier: Mapped[str] = mapped_column(String(40))
    tracking: Mapped[str] = mapped_column(String(40))
    invoice_requested_on: Mapped[date | None]


class OrderLineRow(Base):
    __tablename__ = "shop_order_line"
    order_id: Mapped[str] = mapped_column(ForeignKey("shop_order.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    price_pence: Mapped[int]  # of one


class ReturnRow(Base):
    __tablename__ = "shop_return"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("shop_order.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    resolution: Mapped[str] = mapped_column(String(12))  # refund, replacement
    status: Mapped[str] = mapped_column(String(12))  # requested, received, refunded, replaced
    requested_on: Mapped[date]
    closed_on: Mapped[date | None]
    amount_pence: Mapped[int]


class ReviewRow(Base):
    __tablename__ = "shop_review"
    customer_id: Mapped[str] = mapped_column(ForeignKey("shop_customer.id"), primary_key=True)
    product_id: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    rating: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    written_on: Mapped[date]


class ComplaintRow(Base):
    __tablename__ = "shop_complaint"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("shop_customer.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]


class DiscountRow(Base):
    """A public code; codes for single customers are not kept here."""

    __tablename__ = "shop_discount"
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    description: Mapped[str] = mapped_column(String(200))
    percent: Mapped[int]
    minimum_pence: Mapped[int]
    valid_until: Mapped[date]


class ReceiptRow(Base):
    """A write that happened: its key makes a repetition harmless."""

    __tablename__ = "shop_receipt"
    customer_id: Mapped[str] = mapped_column(ForeignKey("shop_customer.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    action: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class LoadRow(Base):
    """What was loaded last: nothing is loaded again while its hash is the same."""

    __tablename__ = "shop_load"
    part: Mapped[str] = mapped_column(String(12), primary_key=True)  # catalogue, people
    source: Mapped[str] = mapped_column(String(12))  # demo, import
    hash: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]
