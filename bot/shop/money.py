"""Money between the tables (pence) and the values (`Decimal` with two places)."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from bot.shop.errors import Invalid

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}


def from_pence(pence: int) -> Decimal:
    return Decimal(pence) / Decimal(100) + Decimal("0.00")


def to_pence(amount: Decimal | str | float) -> int:
    """Hundredths, halves rounded up; `Invalid` for what is no amount of money."""
    try:
        return int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except InvalidOperation as error:
        raise Invalid(f"{amount!r} is not an amount of money.") from error


def written(amount: Decimal, currency: str) -> str:
    """For a sentence: `£24.50`, `CHF 24.50`."""
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{amount:,.2f}" if symbol else f"{currency} {amount:,.2f}"
