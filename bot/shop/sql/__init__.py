"""A shop kept in our own tables: the demo shop, or one imported from order files."""

from bot.shop.sql.shop import SqlShop

__all__ = ["SqlShop"]
