"""How a figure is written: its value, its denominator and, for a small sample, how far off chance could put it."""

from dataclasses import dataclass

from insight.report.figures import Count, Durations, Figure, Mean, Share

SMALL_SAMPLE = 200
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
SAID = {
    "nlu_fallback": "not understood",
    "out_of_scope": "off topic",
    "tier high": "high value",
    "tier mid": "mid value",
    "tier low": "low value",
    "high": "high value",
    "mid": "mid value",
    "low": "low value",
    "requested: asked": "requested: the customer asked",
    "requested: fallback": "requested: the bot did not understand",
    "requested: sentiment": "requested: the customer was unhappy",
    "requested: policy": "requested: the shop's rules want a person",
    "requested: error": "requested: something failed",
}


@dataclass(frozen=True)
class Written:
    """`value` large, `basis` (the denominator) below it, `interval` only where the sample is small.

    `small` is both where there is no room for more.
    """

    value: str
    basis: str
    interval: str = ""
    small: str = ""


def write(figure: Figure) -> Written:
    match figure:
        case Count(number, of_what):
            return Written(f"{number:,}", of_what)
        case Share(part, whole, of_what):
            basis = f"{part:,} of {whole:,}"
            return _written(percent(figure.rate), f"{basis} {of_what}", basis, _share_range(figure))
        case Durations(seconds, of_what):
            rest = f", 9 of 10 within {duration(figure.p90)}" if len(seconds) else ""
            basis = f"median of {len(seconds):,} {of_what}{rest}"
            return _written(duration(figure.median), basis, f"of {len(seconds):,}", _time_range(figure))
        case Mean(values, of_what):
            basis = f"mean of {len(values):,} {of_what}"
            return _written(signed(figure.mean), basis, f"of {len(values):,}", _mean_range(figure))


def percent(rate: float | None) -> str:
    if rate is None:
        return "–"
    return f"{rate:.1%}" if 0 < rate < 0.1 else f"{rate:.0%}"


def signed(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 2) + 0.0:+.2f}"


def money(amount: float, currency: str) -> str:
    """Without hundredths; `currency` is a code of three letters, or empty where nobody knows it."""
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{symbol}{amount:,.0f}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86_400:.1f} days"


def counted(number: int, what: str) -> str:
    """So many of them: "1 conversation", "2,000 conversations"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def label(name: str) -> str:
    """An intent, reason or tier as words: `track_order` reads `track order`."""
    return SAID.get(name, name.replace("_", " "))


def _written(value: str, basis: str, short: str, spread: str) -> Written:
    """`spread`: from where to where the value may lie; empty where the sample is large."""
    if not spread:
        return Written(value, basis, small=short)
    return Written(value, basis, f"95% interval {spread}", f"{short}, {spread}")


def _share_range(share: Share) -> str:
    if share.interval is None or share.whole >= SMALL_SAMPLE:
        return ""
    low, high = share.interval
    return f"{low:.0%} to {high:.0%}"


def _mean_range(mean: Mean) -> str:
    if mean.interval is None or len(mean.values) >= SMALL_SAMPLE:
        return ""
    low, high = mean.interval
    return f"{low:+.2f} to {high:+.2f}"


def _time_range(times: Durations) -> str:
    if times.interval is None or len(times.seconds) >= SMALL_SAMPLE:
        return ""
    low, high = times.interval
    return f"95% interval {duration(low)} to {duration(high)}"
