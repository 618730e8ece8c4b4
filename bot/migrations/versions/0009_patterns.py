"""What goes together, and what a refresh found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "product_bundle",
        sa.Column("left_id", sa.Text(), nullable=False),
        sa.Column("other_left_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("together", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("lift", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("left_id", "other_left_id", "product_id"),
    )
    op.create_index("ix_product_bundle_other_left_id", "product_bundle", ["other_left_id"])
    op.create_table(
        "refresh_result",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("refresh_result")
    op.drop_table("product_bundle")
