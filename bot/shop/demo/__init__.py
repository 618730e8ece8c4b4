"""The demo shop Harbour & Pine: made from `data/catalogue` and a seed, with people whose behaviour means something."""

from bot.shop.demo.load import load_demo

__all__ = ["load_demo"]
