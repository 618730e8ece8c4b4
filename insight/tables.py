"""The tables that `insight` owns: the event log and everything that is derived from it.

The log is the truth: every other table here can be emptied and comes back from it (`profile.rebuild`, `refresh`).
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Index, Integer, LargeBinary, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = JSON().with_variant(JSONB(), "postgresql")
OptionalJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only an INTEGER key by itself


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time on every database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone: use datetime.now(UTC)")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: Json, str: Text()}


class EventRow(Base):
    """One event; append-only, but erasing a person blanks `properties`."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_customer", "customer_id"),
        Index("ix_event_anonymous", "anonymous_id"),
        Index("ix_event_conversation", "conversation_id"),
        Index("ix_event_occurred", "occurred_at"),
        Index("ix_event_name", "name"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    customer_id: Mapped[str | None]
    anonymous_id: Mapped[str | None]
    conversation_id: Mapped[str | None]
    properties: Mapped[dict[str, Any]]


class ProfileRow(Base):
    """What the person's events add up to; `folded_to` is the newest event in it, `updated_at` the latest event time."""

    __tablename__ = "profile"
    person_id: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    folded_to: Mapped[int] = mapped_column(BigId)
    updated_at: Mapped[datetime]


class AliasRow(Base):
    """An anonymous visitor who turned out to be this customer."""

    __tablename__ = "person_alias"
    anonymous_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(index=True)
    event_id: Mapped[int] = mapped_column(BigId)


class PositionRow(Base):
    """How far a consumer has followed the log; locked while it works, so that two of them never fold the same event."""

    __tablename__ = "worker_position"
    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(BigId)


class OwedRow(Base):
    """Somebody whose past has changed and is too long to be folded at once; `event_id`: the newest in it that has."""

    __tablename__ = "owed_profile"
    person_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(BigId)


class SetAsideRow(Base):
    """An event that could not be folded; kept for a person to look at, never retried by itself."""

    __tablename__ = "event_set_aside"
    event_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    error: Mapped[str]  # the kind of error and where; never the event's content


class DeadLetterRow(Base):
    """A message from outside that could not be recorded as an event, and the field that is wrong."""

    __tablename__ = "dead_letter"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    received_at: Mapped[datetime]
    message_id: Mapped[str | None]
    customer_id: Mapped[str | None] = mapped_column(index=True)
    anonymous_id: Mapped[str | None] = mapped_column(index=True)
    field: Mapped[str]
    error: Mapped[str]
    body: Mapped[str]  # the message as JSON, cut to what one may have


class SegmentRow(Base):
    """A group of customers, by a `rule` or found by the refresh, which then gives it a `card`.

    Retired ones stay, because stays in them happened.
    """

    __tablename__ = "segment"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    rule: Mapped[dict[str, Any] | None] = mapped_column(OptionalJson)
    card: Mapped[dict[str, Any] | None] = mapped_column(OptionalJson)
    retired: Mapped[bool]
    updated_at: Mapped[datetime]


class StayRow(Base):
    """A person's stay in a segment; a copy of what the profile says, to be asked by segment."""

    __tablename__ = "segment_stay"
    __table_args__ = (Index("ix_segment_stay_open", "segment_id", "left_at"),)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    segment_id: Mapped[str] = mapped_column(primary_key=True)
    entered_at: Mapped[datetime] = mapped_column(primary_key=True)
    left_at: Mapped[datetime | None]


class WritingRow(Base):
    """What a person wrote, as the short vector that groups of customers are found by; `refresh` writes it."""

    __tablename__ = "customer_writing"
    person_id: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[list[float]] = mapped_column(Json)


class NeighbourRow(Base):
    """Products that were in the same orders; `refresh` writes it."""

    __tablename__ = "product_neighbour"
    product_id: Mapped[str] = mapped_column(primary_key=True)
    other_id: Mapped[str] = mapped_column(primary_key=True)
    together: Mapped[int]  # orders with both
    score: Mapped[float]  # cosine of the two products' orders, shrunk for small counts


class FavouriteRow(Base):
    """What an audience bought most; `refresh` writes it. Audiences: `all`, `tier:high`, `category:Lighting` …"""

    __tablename__ = "audience_favourite"
    audience: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(primary_key=True)
    buyers: Mapped[int]
    score: Mapped[float]  # 1 for the audience's first


class BundleRow(Base):
    """An association rule: with `left_id` (and `other_left_id`, if not empty) in a basket comes `product_id`."""

    __tablename__ = "product_bundle"
    left_id: Mapped[str] = mapped_column(primary_key=True)
    other_left_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    product_id: Mapped[str] = mapped_column(primary_key=True)
    together: Mapped[int]  # orders with all of them
    confidence: Mapped[float]
    lift: Mapped[float]


class LikenessRow(Base):
    """The products most like one, by `method` (`factors`, `ease`, `content`): [[product id, 0 to 1], …], best first."""

    __tablename__ = "product_likeness"
    method: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    others: Mapped[list[list[Any]]] = mapped_column(Json)


class CycleRow(Base):
    """When a product is bought again, of those who bought it twice: mean and deviation of the logarithm of the days."""

    __tablename__ = "product_cycle"
    product_id: Mapped[str] = mapped_column(primary_key=True)
    share: Mapped[float]  # of its buyers who bought it again
    mean_log_days: Mapped[float]
    sd_log_days: Mapped[float]


class VectorRow(Base):
    """What a product is called and described as, as a vector (16-bit floats) in one of the cells."""

    __tablename__ = "product_vector"
    product_id: Mapped[str] = mapped_column(primary_key=True)
    cell: Mapped[int] = mapped_column(index=True)
    digest: Mapped[str]  # of the text and the encoder: what has the same is not encoded again
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class CellRow(Base):
    """The centre of a cell of product vectors.

    `unlike`: the cosine that a name and a product of another category hardly ever reach; `alike`: that of its own.
    """

    __tablename__ = "product_cell"
    cell: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    unlike: Mapped[float]
    alike: Mapped[float]


class WeekRow(Base):
    """What was said in one week of one product, category or segment, and how kindly; `refresh` writes it."""

    __tablename__ = "mood_week"
    by: Mapped[str] = mapped_column(primary_key=True)  # all, product, category, segment
    key: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)  # empty: all of them
    week: Mapped[date] = mapped_column(primary_key=True)  # its Monday, UTC
    statements: Mapped[int]
    reviews: Mapped[int]
    level_1: Mapped[int]  # how many of the worst level …
    level_2: Mapped[int]
    level_3: Mapped[int]
    level_4: Mapped[int]
    level_5: Mapped[int]  # … to the best


class ResultRow(Base):
    """What the last refresh found of one kind (`patterns`, …), for people to read."""

    __tablename__ = "refresh_result"
    name: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
    document: Mapped[dict[str, Any]]


class TurnRow(Base):
    """Who is refreshing, `token` (null: nobody), and when the last one began; `alive_at` moves while it is at work."""

    __tablename__ = "refresh_turn"
    name: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str | None]
    begun_at: Mapped[datetime]
    alive_at: Mapped[datetime]


class PopulationRow(Base):
    """Facts about all customers together, by name (`Tiers Refreshed`: the tree of the value tiers)."""

    __tablename__ = "population"
    name: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    event_id: Mapped[int] = mapped_column(BigId)
