"""Which products are alike, when they are bought again, and the vectors of how they are described."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "product_likeness",
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("others", JSON, nullable=False),
        sa.PrimaryKeyConstraint("method", "product_id"),
    )
    op.create_index("ix_product_likeness_product_id", "product_likeness", ["product_id"])
    op.create_table(
        "product_cycle",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("mean_log_days", sa.Double(), nullable=False),
        sa.Column("sd_log_days", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("product_id"),
    )
    op.create_table(
        "product_vector",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("product_id"),
    )
    op.create_index("ix_product_vector_cell", "product_vector", ["cell"])
    op.create_table(
        "product_cell",
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("unlike", sa.Double(), nullable=False),
        sa.Column("alike", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("cell"),
    )


def downgrade() -> None:
    for table in ("product_cell", "product_vector", "product_cycle", "product_likeness"):
        op.drop_table(table)
