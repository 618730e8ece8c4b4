"""Groups of questions without a good answer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_group",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_by", sa.String(length=40), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "grouped_question",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["question_group.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"]),
        sa.PrimaryKeyConstraint("message_id"),
    )
    with op.batch_alter_table("grouped_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grouped_question_group_id"), ["group_id"], unique=False)


def downgrade() -> None:
    op.drop_table("grouped_question")
    op.drop_table("question_group")
