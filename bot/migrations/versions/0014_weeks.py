"""What customers said, rolled up by week."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COUNTS = ("statements", "reviews", "level_1", "level_2", "level_3", "level_4", "level_5")


def upgrade() -> None:
    op.create_table(
        "mood_week",
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("by", "key", "topic", "week"),
    )


def downgrade() -> None:
    op.drop_table("mood_week")
