"""Groups of customers that the refresh finds, and what each customer wrote as a short vector."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OPTIONAL = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("card", OPTIONAL, nullable=True))
        batch_op.alter_column("rule", existing_type=JSON, nullable=True)
    op.create_table(
        "customer_writing",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("vector", JSON, nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )


def downgrade() -> None:
    op.drop_table("customer_writing")
    op.execute("DELETE FROM segment WHERE rule IS NULL")
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.alter_column("rule", existing_type=JSON, nullable=False)
        batch_op.drop_column("card")
