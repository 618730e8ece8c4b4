"""The tables that `bot` owns: conversations, messages, agents, ratings and what proves who a customer is.

Times are UTC. A conversation's truth is its events in the insight log; these rows are the fast way to the present.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

LIVE = text("withdrawn_at IS NULL")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time on every database (SQLite keeps none of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone: use datetime.now(UTC)")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: Json}


class Visitor(Base):
    """Whoever opened the widget; `customer_id` is set once the shop or a confirmed code vouches for it."""

    __tablename__ = "visitor"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(String(80), index=True)
    created_at: Mapped[datetime]


class Conversation(Base):
    __tablename__ = "conversation"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    visitor_id: Mapped[str] = mapped_column(ForeignKey("visitor.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))  # web, rest, cli
    state: Mapped[str] = mapped_column(String(10), index=True)  # bot, queued, assigned, resolved
    generation: Mapped[int] = mapped_column(default=1)  # of Rasa's sender; a release starts the next one
    last_seq: Mapped[int] = mapped_column(default=0)
    read_seq: Mapped[int] = mapped_column(default=0)  # the customer has seen everything up to here
    seen_seq: Mapped[int] = mapped_column(default=0)  # and so has an agent who had it
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), index=True)
    handoff_reason: Mapped[str | None] = mapped_column(String(20))  # asked, fallback, sentiment, policy, error
    handoff_summary: Mapped[str | None] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(String(40))  # only its agents are assigned it; null: anybody
    topic: Mapped[str | None] = mapped_column(String(100))  # the intent it was handed over with
    priority: Mapped[int] = mapped_column(default=0)  # 0 normal, 1 high, 2 urgent
    snoozed_until: Mapped[datetime | None]  # put aside by its agent; a message of the customer ends it
    merged_into: Mapped[str | None] = mapped_column(String(40))  # the conversation that goes on for this one
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)  # last message of anybody
    queued_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    visitor: Mapped[Visitor] = relationship(lazy="joined", innerjoin=True)

    @property
    def sender(self) -> str:
        """Rasa's sender id."""
        return f"{self.id}.{self.generation}"


class Message(Base):
    """One message of a conversation; `seq` counts from 1 without holes, notes included."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_msg_id"),
        Index("ix_message_pending", "outcome", "created_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    author: Mapped[str] = mapped_column(String(10))  # customer, bot, agent, system
    author_id: Mapped[str | None] = mapped_column(String(40))  # the agent's id
    internal: Mapped[bool] = mapped_column(default=False)  # a note: never shown to the customer
    body: Mapped[dict[str, Any]]  # {"type": "text", "text": …, …}
    client_msg_id: Mapped[str | None] = mapped_column(String(80))
    answers_seq: Mapped[int | None]  # the customer message this one answers
    outcome: Mapped[str | None] = mapped_column(String(10))  # customer messages: pending, answered, recorded, dropped
    attempts: Mapped[int] = mapped_column(default=0)  # turns begun for it
    parse: Mapped[dict[str, Any] | None]
    helpful: Mapped[bool | None]  # what the customer thinks of this answer of the bot
    created_at: Mapped[datetime]


class Agent(Base):
    """A person at the console."""

    __tablename__ = "agent"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(12))  # agent, supervisor, admin
    password_hash: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[datetime | None]  # last sign of life of a signed-in console; null: signed out
    away: Mapped[bool] = mapped_column(default=False)  # signed in, but gets nothing assigned
    capacity: Mapped[int] = mapped_column(default=5)  # conversations assigned at most at a time
    team: Mapped[str | None] = mapped_column(String(40))
    skills: Mapped[list[str]] = mapped_column(Json, default=list)  # topics (intents) they are good at
    assigned_at: Mapped[datetime | None]  # when they last got one, for taking turns
    created_at: Mapped[datetime]


class Tag(Base):
    __tablename__ = "tag"
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class Deed(Base):
    """The audit trail: what an agent did; only ever added to."""

    __tablename__ = "deed"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    details: Mapped[dict[str, Any]]  # ids and choices, never what somebody wrote
    at: Mapped[datetime] = mapped_column(index=True)


class Rating(Base):
    __tablename__ = "rating"
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    score: Mapped[int]  # 1-5
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Verdict(Base):
    """What a person decided about a message's intent; the newest of a message counts."""

    __tablename__ = "verdict"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    batch: Mapped[str] = mapped_column(String(40), index=True)  # decided together, taken back together
    kind: Mapped[str] = mapped_column(String(10))  # corrected, confirmed, ignored
    label: Mapped[str | None] = mapped_column(String(100))  # null: ignored
    origin: Mapped[str] = mapped_column(String(20))  # why it was in the review list
    understood: Mapped[str] = mapped_column(String(100))  # what the model had made of it
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    decided_at: Mapped[datetime]


class Confirmation(Base):
    """A code sent to the e-mail address of an order; entering it verifies the visitor as that order's customer."""

    __tablename__ = "confirmation"
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(80))
    order_id: Mapped[str] = mapped_column(String(40))
    code_hash: Mapped[str] = mapped_column(String(200))
    tries_left: Mapped[int]
    expires_at: Mapped[datetime]


class PublishedAnswer(Base):
    """An answer that an agent published; it is served until it is withdrawn, and the row stays."""

    __tablename__ = "published_answer"
    __table_args__ = (
        Index("ix_published_answer_live", "template_id", unique=True, postgresql_where=LIVE, sqlite_where=LIVE),
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    template_id: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)  # one template, written as in data/answers
    origin: Mapped[str | None] = mapped_column(String(80))  # the group of questions it answers
    published_by: Mapped[str] = mapped_column(String(40))  # the agent's id
    published_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(String(40))
    withdrawn_at: Mapped[datetime | None]


class QuestionGroup(Base):
    """Questions of customers that mean the same; it is published while a live answer's `origin` is its id."""

    __tablename__ = "question_group"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    created_at: Mapped[datetime]
    dismissed_by: Mapped[str | None] = mapped_column(String(40))  # the agent's id
    dismissed_at: Mapped[datetime | None]


class GroupedQuestion(Base):
    """Which group a customer's message belongs to; decided once, so that a group stays what an agent has seen."""

    __tablename__ = "grouped_question"
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    group_id: Mapped[str] = mapped_column(ForeignKey("question_group.id"), index=True)


class ApiKey(Base):
    """A key made by `shopkeeper key create`; only its hash is kept."""

    __tablename__ = "api_key"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))  # channel, read, write
    name: Mapped[str] = mapped_column(String(100))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hex
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
